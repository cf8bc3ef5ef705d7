"""Records of several partitions through the fence in one transaction.

What a batch costs in exchanges it costs once, not once for each partition: with few records of each that is most of the
work. Only for batches that go well: what is refused here is to be done again partition by partition.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Protocol, runtime_checkable

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import SQL, Applied, ForeignLog, Processor, following, locked_position

Batches = Mapping[int, Sequence[Record]]
"""Records by partition, in order."""


class Spoiled(Exception):
    """A record among these is to be set aside: which is judged partition by partition."""


@runtime_checkable
class Joint(Processor, Protocol):
    """A processor that can take records of several partitions at once."""

    def apply_jointly(
        self, connection: Connection, records: Sequence[Record], voided: int
    ) -> Mapping[int, Applied]:
        """As `apply`; answers by partition. `voided` is that of all these partitions."""


def apply_jointly(connection: Connection, processor: Joint, log_id: str, batches: Batches) -> dict[int, int]:
    """Apply what is new among the records and move the positions; answers the positions after. The caller commits.

    Raises `Gap`, `ForeignLog` and `Spoiled`.
    """
    held = _locked_positions(connection, processor.name, sorted(batches), log_id)
    positions = {partition: position for partition, (position, _) in held.items()}
    fresh = {partition: following(records, positions[partition]) for partition, records in batches.items()}
    fresh = {partition: records for partition, records in fresh.items() if records}
    if not fresh:
        return positions
    voided = sum(voided for _, voided in held.values())
    applied = processor.apply_jointly(connection, list(chain.from_iterable(fresh.values())), voided)
    if any(one.poison for one in applied.values()):
        raise Spoiled
    connection.execute(SQL["move_checkpoints"], _moves(processor.name, fresh, applied))
    return positions | {partition: records[-1].position + 1 for partition, records in fresh.items()}


def _locked_positions(
    connection: Connection, processor: str, partitions: Sequence[int], log_id: str
) -> dict[int, tuple[int, int]]:
    """As `locked_position`, by partition. Locked in their order: nobody waits for one who waits for him."""
    values = {"processor": processor, "partitions": list(partitions)}
    rows = connection.execute(SQL["lock_checkpoints"], values).fetchall()
    if any(known_log != log_id for _, _, known_log, _ in rows):
        raise ForeignLog(str(ForeignLog.__doc__))
    held = {partition: (position, voided) for partition, position, _, voided in rows}
    for partition in partitions:
        if partition not in held:
            held[partition] = locked_position(connection, processor, partition, log_id)
    return held


def _moves(processor: str, fresh: Batches, applied: Mapping[int, Applied]) -> dict[str, object]:
    partitions = sorted(fresh)
    return {
        "processor": processor,
        "partitions": partitions,
        "nexts": [fresh[one][-1].position + 1 for one in partitions],
        "recorded": [fresh[one][-1].recorded_at for one in partitions],
        "stored": [applied[one].stored for one in partitions],
        "late": [applied[one].late for one in partitions],
        "shredded": [applied[one].shredded for one in partitions],
        "voided": [applied[one].voided for one in partitions],
    }
