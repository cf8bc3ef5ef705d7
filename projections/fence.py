"""The fence: a processor's effect and its position change in one transaction, or not at all.

Whatever delivers records (the embedded runner, a Faust agent) may repeat them, stop anywhere and be doubled; nothing is
lost and nothing is done twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from klantbeeld.log.postgres.database import Connection, Database
from klantbeeld.log.record import Record
from klantbeeld.log.sql import load
from projections.opening import Poison

SQL = load(__package__, "queries.sql")


class Gap(Exception):
    """A record is missing between the position and what was delivered: start anew from the position."""

    code = "gap_in_log"


class ForeignLog(Exception):
    """The read models were filled from another log than this one. Run `klantbeeld rebuild`."""

    code = "foreign_log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a processor did with a batch, in records. Their sum is the number of records given."""

    stored: int = 0
    late: int = 0
    shredded: int = 0
    poison: tuple[Poison, ...] = ()
    voided: int = 0


Judge = Callable[[Sequence[Record], Applied], None]


class Processor(Protocol):
    """Applies records to its read models inside the caller's transaction; keeps no state that a rollback would falsify."""

    name: str

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied: ...

    def undo(self) -> None:
        """The last batch was rolled back: drop what it taught."""

    def forget(self) -> None:
        """Drop what was remembered: nobody knows whether the last transaction was committed, or others wrote meanwhile."""


def reached(database: Database, processor: str = "timeline") -> dict[int, int]:
    """For each partition the position that a processor has come to."""
    with database.connection() as connection:
        rows = connection.execute(SQL["checkpoints"]).fetchall()
    return {row[1]: row[2] for row in rows if row[0] == processor}


def apply_batch(
    connection: Connection,
    processor: Processor,
    partition: int,
    log_id: str,
    records: Sequence[Record],
    judge: Judge = lambda records, applied: None,
) -> int:
    """Apply what is new among the records and move the position; answers the position after. The caller commits.

    `judge` is told what became of them and may refuse by raising. Raises `Gap` and `ForeignLog`.
    """
    position, voided = locked_position(connection, processor.name, partition, log_id)
    fresh = following(records, position)
    if not fresh:
        return position
    applied = processor.apply(connection, fresh, voided)
    judge(fresh, applied)
    for poison in applied.poison:
        set_aside(connection, processor.name, poison.record, poison.reason, poison.detail, attempts=1)
    return move(connection, processor.name, partition, fresh[-1].position + 1, fresh[-1].recorded_at, applied)


def following(records: Sequence[Record], position: int) -> Sequence[Record]:
    """The records from the position on, each once; the very same sequence when it is that. Raises `Gap`."""
    if all(record.position == expected for expected, record in enumerate(records, position)):
        return records
    fresh: list[Record] = []
    for record in records:
        expected = position + len(fresh)
        if record.position > expected:
            raise Gap(f"partition {record.partition} expects {expected}, was given {record.position}")
        if record.position == expected:
            fresh.append(record)
    return fresh


def skip_one(
    connection: Connection,
    processor: Processor,
    log_id: str,
    record: Record,
    reason: str,
    detail: str,
    attempts: int,
) -> int:
    """Set one record aside as a dead letter and move past it."""
    position, _ = locked_position(connection, processor.name, record.partition, log_id)
    if position != record.position:
        return position
    set_aside(connection, processor.name, record, reason, detail, attempts)
    dead = Applied(poison=(Poison(record, reason, detail),))
    return move(connection, processor.name, record.partition, position + 1, record.recorded_at, dead)


def locked_position(connection: Connection, processor: str, partition: int, log_id: str) -> tuple[int, int]:
    """The position, locked until the end of the transaction, and how often evidence was voided."""
    values = {"processor": processor, "partition": partition, "log_id": log_id}
    row = connection.execute(SQL["lock_checkpoint"], values).fetchone()
    if row is None:
        connection.execute(SQL["add_checkpoint"], values)
        row = connection.execute(SQL["lock_checkpoint"], values).fetchone()
    assert row
    position, known_log, voided = row
    if known_log != log_id:
        raise ForeignLog(str(ForeignLog.__doc__))
    return position, voided


def set_aside(
    connection: Connection, processor: str, record: Record, reason: str, detail: str, attempts: int
) -> None:
    """Keep a dead letter: where the record lies and why it was set aside. The sealed record stays in the log."""
    values = {
        "processor": processor,
        "partition": record.partition,
        "position": record.position,
        "event_key": record.event_key,
        "type": record.type,
        "owner": record.owner,
        "reason": reason,
        "detail": detail,
        "attempts": attempts,
    }
    connection.execute(SQL["add_dead_letter"], values)


def move(
    connection: Connection,
    processor: str,
    partition: int,
    position: int,
    at: datetime,
    applied: Applied,
    left_out: int = 0,
) -> int:
    """Write down how far a processor has come. `left_out`: records that are dead letters already."""
    values = {
        "processor": processor,
        "partition": partition,
        "next": position,
        "recorded_at": at,
        "stored": applied.stored,
        "late": applied.late,
        "dead": len(applied.poison) + left_out,
        "shredded": applied.shredded,
        "voided": applied.voided,
    }
    connection.execute(SQL["move_checkpoint"], values)
    return position
