"""Verification: the log is whole and opens, every record is accounted for, and the read models are what it says.

It changes nothing. What it computes anew for the comparison lies in a schema of its own, dropped at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from klantbeeld.log.port import KeyStore
from klantbeeld.log.postgres.database import Database
from klantbeeld.log.sealing import Names
from projections import schema
from projections.balance import Partition
from projections.compare import Difference
from projections.dead_letters import unaccounted
from projections.fence import Processor
from projections.inspection import inspect
from projections.rebuild import compared, fill, quiet, tidy
from projections.replay import Holder, Replica
from projections.shares import OneLog, Progress, Team


class Keys(KeyStore, Holder, Protocol):
    """What opens records, and holds off erasures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """`content_digest` of the live read models; `differences` are the first of `count`."""

    content_digest: str
    partitions: Sequence[Partition]
    differences: Sequence[Difference]
    count: int

    @property
    def well(self) -> bool:
        return not self.count and all(one.balanced for one in self.partitions)


def verify(
    database: Database,
    log: OneLog,
    keys: Keys,
    names: Names,
    processors: Callable[[], Sequence[Processor]],
    *,
    progress: Progress = quiet,
    team: Team | None = None,
) -> VerifyReport:
    """Works beside the live processors. Raises `ReplayRunning` and `ShareLost`."""
    connection = database.dedicated(schema.CHECK)
    live = database.read_schema
    try:
        replica = Replica(connection, log, keys, processors(), schema.CHECK, progress, team=team)
        replica.make()
        try:
            fill(replica, live)
            found = compared(replica, live, digest_of=live)
        finally:
            tidy(replica, live)
    finally:
        connection.close()
    inspection = inspect(log, keys, names)
    inspection.misses(unaccounted(database, inspection.foreign))
    return VerifyReport(
        content_digest=found.digest,
        partitions=[_with_records(one, inspection.records) for one in found.partitions],
        differences=[*inspection.differences.first, *found.differences.first],
        count=inspection.differences.count + found.differences.count,
    )


def _with_records(one: Partition, records: dict[int, int]) -> Partition:
    """The log may have grown since; it must hold at least what it had to hold then."""
    held = records.get(one.partition, 0)
    return replace(one, records=held, balanced=one.balanced and held >= one.log_end)
