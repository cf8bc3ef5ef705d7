"""Dead letters: records that a processor could not take. The sealed record stays in the log; here is what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.events.event import EventKey
from klantbeeld.failures import place_of
from klantbeeld.log.port import EventLog, KeyStore
from klantbeeld.log.postgres.database import REPLAY_LOCK, Connection, Database
from klantbeeld.log.record import Record
from klantbeeld.log.sealing import open_body
from klantbeeld.log.sql import load
from projections.fence import Applied, Processor, locked_position
from projections.following import Follower
from projections.replay import NOT_THE_RECORDS_FAULT, Holder, ReplayRunning
from projections.replay import SQL as REPLAY_SQL
from projections.shares import OneLog

SQL = load(__package__, "dead_letters.sql")
OPEN, RETRIED, DISCARDED = "open", "retried", "discarded"
STATES: Final = (OPEN, RETRIED, DISCARDED)


class UnknownLetter(Exception):
    """There is no dead letter of that number. See `klantbeeld dead-letters list --state all`."""

    code = "unknown_dead_letter"


class LetterSettled(Exception):
    """That dead letter was retried or discarded before."""

    code = "dead_letter_settled"


class Unreadable(Exception):
    """The record cannot be opened: the key was erased, or the sealed bytes are not what was written."""

    code = "unreadable_record"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """What is known without opening the record. `detail` holds no customer data."""

    id: int
    processor: str
    partition: int
    position: int
    event_key: EventKey
    type: str
    reason: str
    detail: str
    attempts: int
    set_aside_at: datetime
    state: str
    settled_at: datetime | None


def letters(
    database: Database, *, state: str | None = OPEN, after: int = 0, limit: int = 100
) -> list[DeadLetter]:
    """In the order they were set aside, those with a larger number than `after`; `state` None means all."""
    values = {"state": state, "after": after, "limit": limit}
    with database.connection() as connection:
        return [DeadLetter(**_named(row)) for row in connection.execute(SQL["letters"], values)]


def letter(database: Database, id: int) -> DeadLetter:
    """Raises `UnknownLetter`."""
    with database.connection() as connection:
        row = connection.execute(SQL["letter"], {"id": id}).fetchone()
    if row is None:
        raise UnknownLetter(str(UnknownLetter.__doc__))
    return DeadLetter(**_named(row))


def opened(log: EventLog, keys: KeyStore, found: DeadLetter) -> bytes:
    """The event as it came in: customer data, for an operator who asked for it. Raises `Unreadable`."""
    record = _record(log, found)
    key = keys.keys([record.owner]).get(record.owner)
    if key is None:
        raise Unreadable(str(Unreadable.__doc__))
    try:
        return open_body(key, record.sealed, record.event_key).raw
    except Exception as error:
        raise Unreadable(str(Unreadable.__doc__)) from error


def discard(database: Database, id: int) -> DeadLetter:
    """Nobody will look at it again; its record stays in the log and out of the read models. It is not opened, so no
    erasure has to wait. Raises `LetterSettled`, `UnknownLetter`, `ReplayRunning`.
    """
    with database.transaction() as connection:
        beside_no_replay(connection)
        _held(connection, letter(database, id))
        settle(connection, [id], DISCARDED)
    return letter(database, id)


def unaccounted(database: Database, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of these (partition, position), which hold nothing of ours, those that something was once processed of."""
    values = {"partitions": [one for one, _ in places], "positions": [one for _, one in places]}
    with database.connection() as connection:
        return connection.execute(SQL["unaccounted"], values).fetchall()


def retry(
    database: Database, log: OneLog, keys: Holder, processors: Sequence[Processor], id: int
) -> DeadLetter:
    """Apply its record now; folds take any order. It stays open, with one attempt more, when that fails again.
    Erasures wait meanwhile.

    `processors` must be fresh: what a running one remembers does not hold for a record from the past.
    Raises `LetterSettled`, `UnknownLetter`, `ReplayRunning`.
    """
    found = letter(database, id)
    record, log_id = _record(log, found), log.log_id()
    concerned = concerned_by(processors, found.processor)
    with database.transaction() as connection:
        keys.hold(connection)
        beside_no_replay(connection)
        voided = {
            one.name: locked_position(connection, one.name, found.partition, log_id)[1] for one in concerned
        }
        _held(connection, found)
        failure = take(connection, concerned, record, voided[found.processor])
        if failure is None:
            settle(connection, [id], RETRIED)
        else:
            connection.execute(SQL["failed_again"], {"id": id, "reason": failure[0], "detail": failure[1]})
    return letter(database, id)


def concerned_by(processors: Sequence[Processor], name: str) -> list[Processor]:
    """The processor whose letter it is, and those that follow it and so passed the record by."""
    own = [one for one in processors if one.name == name]
    return own + [one for one in processors if isinstance(one, Follower) and one.name != name]


def take(
    connection: Connection, processors: Sequence[Processor], record: Record, voided: int
) -> tuple[str, str] | None:
    """Apply one record that was set aside, and count it anew; answers reason and detail when that failed."""
    try:
        with connection.transaction():
            applied = processors[0].apply(connection, [record], voided)
            if applied.poison:
                return applied.poison[0].reason, applied.poison[0].detail
            _recount(connection, processors[0].name, record.partition, applied)
            for follower in processors[1:]:
                follower.apply(connection, [record], 0)
    except NOT_THE_RECORDS_FAULT:
        raise
    except Exception as error:
        return "handler_failed", place_of(error)
    return None


def settle(connection: Connection, ids: Sequence[int], state: str) -> None:
    connection.execute(SQL["settle"], {"ids": list(ids), "state": state})


def beside_no_replay(connection: Connection) -> None:
    """Letters stay as they are while a rebuild relies on them. Raises `ReplayRunning`."""
    row = connection.execute(REPLAY_SQL["try_beside_none"], {"lock": REPLAY_LOCK}).fetchone()
    if row is None or not row[0]:
        raise ReplayRunning(str(ReplayRunning.__doc__))


def _held(connection: Connection, found: DeadLetter) -> None:
    row = connection.execute(SQL["hold"], {"id": found.id}).fetchone()
    if row is None or row[0] != OPEN:
        raise LetterSettled(str(LetterSettled.__doc__))


def _record(log: EventLog, found: DeadLetter) -> Record:
    records = log.read(found.partition, found.position, 1)
    if not records or records[0].event_key != found.event_key:
        raise Unreadable(str(Unreadable.__doc__))
    return records[0]


def _recount(connection: Connection, processor: str, partition: int, applied: Applied) -> None:
    values = {
        "processor": processor,
        "partition": partition,
        "stored": applied.stored,
        "late": applied.late,
        "shredded": applied.shredded,
        "voided": applied.voided,
    }
    connection.execute(SQL["recount"], values)


def _named(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(DeadLetter.__dataclass_fields__, row, strict=True))
