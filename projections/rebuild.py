"""A rebuild: the read models computed anew beside the live ones, compared with them, and put in their place.

The live schema keeps its name: the swap renames, in one transaction that holds everyone's checkpoints at equal
positions. Killed at any moment it leaves the live read models as they were; the next one removes what it left.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from klantbeeld.log.postgres.database import REPLAY_LOCK, Database
from klantbeeld.log.record import Record
from projections import dead_letters, outside, schema
from projections.balance import Partition, balances, miscounted
from projections.compare import FOLLOWING, Difference, Differences, compare
from projections.contents import content_digest
from projections.fence import Processor, set_aside
from projections.replay import SQL, Holder, Replica
from projections.shares import OneLog, Progress, Team
from projections.standing import Place, Standing, in_schema, snapshot, standing

NEAR: Final = 2_000
"""Records behind the live read models that may be left for the snapshot or the swap to apply."""
EVEN_AFTER: Final = 40
"""Attempts to find everyone at equal positions, with pauses of so many seconds."""
PAUSE: Final = 0.05
LOCK_PATIENCE: Final = "10s"


class RebuildRefused(Exception):
    """Not swapped: some records that the live read models hold cannot be read any more. `klantbeeld verify` names them."""

    code = "rebuild_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """`differences`: what was wrong in the live read models, at equal positions; `count` of them all.

    `recovered`: dead letters that can be processed by now; a swap marks them as retried. `records`: how many were read
    from the log. `rate`: records a second while filling.
    """

    swapped: bool
    content_digest: str
    partitions: Sequence[Partition]
    differences: Sequence[Difference]
    count: int
    recovered: Sequence[int]
    records: int
    rate: float


@dataclass(slots=True)
class Found:
    """What a comparison gave."""

    digest: str
    differences: Differences
    partitions: Sequence[Partition]


def quiet(done: int, total: int) -> None:
    """Tells nobody."""


def rebuild(
    database: Database,
    log: OneLog,
    keys: Holder,
    processors: Callable[[], Sequence[Processor]],
    *,
    swap: bool = True,
    progress: Progress = quiet,
    team: Team | None = None,
) -> RebuildReport:
    """Raises `ReplayRunning`, `ShareLost`, and `RebuildRefused`; then the live read models are as they were."""
    connection = database.dedicated(schema.NEXT)
    try:
        replica = Replica(connection, log, keys, processors(), schema.NEXT, progress, team=team)
        return _Rebuild(database.read_schema, replica).run(swap)
    finally:
        connection.close()


@dataclass(slots=True)
class _Rebuild:
    live: str
    replica: Replica
    recovered: dict[int, Record] = field(default_factory=dict)

    def run(self, swap: bool) -> RebuildReport:
        self.replica.make()
        try:
            rate = fill(self.replica, self.live)
            found = compared(self.replica, self.live)
            self._retry_letters(found.differences)
            if swap:
                self._swap()
        finally:
            tidy(self.replica, self.live)
        return RebuildReport(
            swapped=swap,
            content_digest=found.digest,
            partitions=found.partitions,
            differences=found.differences.first,
            count=found.differences.count,
            recovered=sorted(self.recovered),
            records=sum(self.replica.records.values()),
            rate=rate,
        )

    def _retry_letters(self, differences: Differences) -> None:
        """Open dead letters may have become readable: by a mended program, or a restored key."""
        connection, replica = self.replica.connection, self.replica
        leaders = {one.name: one for one in replica.leaders}
        for id_, name, partition, position in connection.execute(SQL["open_letters"]).fetchall():
            if name not in leaders or not replica.has(name, partition, position):
                continue
            for record in replica.log.read(partition, position, 1):
                with connection.transaction():
                    replica.keys.hold(connection)
                    voided = replica.voided(name, partition)
                    concerned = dead_letters.concerned_by(replica.processors, name)
                    leaders[name].forget()
                    if dead_letters.take(connection, concerned, record, voided) is None:
                        self.recovered[id_] = record
                        differences.add("dead_letter", (id_,), "dead_letter_recovered")
                leaders[name].forget()

    def _swap(self) -> None:
        connection, replica = self.replica.connection, self.replica
        chase(replica, self.live)
        with connection.transaction():
            connection.execute("SET LOCAL synchronous_commit TO on")
            with in_schema(connection, self.live):
                connection.execute(SQL["lock_checkpoints"])
                row = connection.execute(SQL["most_voided"]).fetchone()
            now = standing(connection, self.live)
            replica.advance(targets(replica, now), now.aside)
            self._set_aside(now)
            connection.execute(SQL["outdo_voided"], {"most": row[0] if row else 0})
            dead_letters.settle(connection, list(self.recovered), dead_letters.RETRIED)
            for follower in replica.followers:
                connection.execute(SQL["followers_letters"], {"processor": follower.name})
            connection.execute(f"ALTER SCHEMA {self.live} RENAME TO {schema.OLD}".encode())
            connection.execute(f"ALTER SCHEMA {schema.NEXT} RENAME TO {self.live}".encode())

    def _set_aside(self, live: Standing) -> None:
        """What could not be read and stood in no read model before becomes a dead letter. Raises `RebuildRefused`."""
        replica, usable = self.replica, live.log_ids <= {self.replica.log_id}
        for (name, partition, position), reason in replica.poison.items():
            if usable and position < live.positions.get((name, partition), 0):
                raise RebuildRefused(str(RebuildRefused.__doc__))
            for record in replica.log.read(partition, position, 1):
                set_aside(replica.connection, name, record, reason, "", attempts=1)


def fill(replica: Replica, live: str) -> float:
    """Fill the replica until it is near the live read models; answers records a second."""
    began = time.monotonic()
    seen = chase(replica, live)
    rate = seen / max(time.monotonic() - began, 1e-9)
    replica.finish()
    chase(replica, live)
    return rate


def chase(replica: Replica, live: str) -> int:
    """Run after the live read models until they are near."""
    seen = 0
    while True:
        with snapshot(replica.connection):
            now = standing(replica.connection, live)
        moved = replica.advance(targets(replica, now), now.aside)
        seen += moved
        if moved < NEAR:
            return seen


def targets(replica: Replica, live: Standing) -> dict[Place, int]:
    """How far to go: as far as the live read models; to the log's end where those are of no use. A follower goes as
    far as what it follows.
    """
    ends = replica.log.ends()
    usable = live.log_ids <= {replica.log_id} and all(
        position <= ends.get(partition, 0) for (_, partition), position in live.positions.items()
    )
    to = {
        (one.name, partition): live.positions.get((one.name, partition), 0) if usable else end
        for one in replica.leaders
        for partition, end in ends.items()
    }
    leader = replica.leaders[0].name
    return to | {(one.name, p): to[leader, p] for one in replica.followers for p in ends}


def compared(replica: Replica, live: str, digest_of: str | None = None) -> Found:
    """What the live read models have wrong, at exactly their positions; the content digest of them, or the replica."""
    connection = replica.connection
    found: Found | None = None
    left: outside.Left = {one.name: None for one in replica.followers}
    for attempt in range(1, EVEN_AFTER + 1):
        given_out = outside.given_out(replica, live)
        with snapshot(connection):
            now = standing(connection, live)
            followed = _followed(replica, now)
            if followed or attempt == EVEN_AFTER:
                replica.advance(targets(replica, now), now.aside)
                leave_out = () if followed else FOLLOWING
                found = found or _compared(replica, live, now, digest_of or replica.schema, leave_out)
                left = outside.audit(replica, live, given_out, found.differences, left if followed else {})
        if found and not left:
            return found
        time.sleep(PAUSE)
    assert found
    return found


def _compared(
    replica: Replica, live: str, now: Standing, digest_of: str, leave_out: Collection[str]
) -> Found:
    connection = replica.connection
    connection.execute("SET LOCAL work_mem TO '64MB'")
    differences = compare(connection, live, replica.schema, leave_out)
    ours = standing(connection, replica.schema)
    for table, key, kind in miscounted(replica, now, ours):
        differences.add(table, key, kind)
    with in_schema(connection, digest_of):
        digest = content_digest(connection)
    return Found(digest, differences, balances(replica, now, ours))


def _followed(replica: Replica, live: Standing) -> bool:
    """Whether the live followers have come as far as what they follow."""
    leader = replica.leaders[0].name
    return all(
        live.positions.get((one.name, partition), 0) == position
        for one in replica.followers
        for (name, partition), position in live.positions.items()
        if name == leader
    )


def tidy(replica: Replica, live: str) -> None:
    """Remove the schema that is not needed any more and what is kept outside for it, and let others replay. One that
    somebody still reads is left to the next replay.
    """
    connection = replica.connection
    if connection.closed or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        return
    try:
        connection.execute(f"SET lock_timeout TO '{LOCK_PATIENCE}'")
        replica.drop()
    except psycopg.errors.LockNotAvailable:
        pass  # a long reader holds on to the old tables
    outside.settle(replica, live)
    connection.execute(SQL["let_others"], {"lock": REPLAY_LOCK})


def told(report: Any) -> dict[str, Any]:
    """A report in plain values."""
    return {
        "content_digest": report.content_digest,
        "partitions": [one.told() for one in report.partitions],
        "differences": [
            {"table": one.table, "key": list(one.key), "kind": one.kind} for one in report.differences
        ],
    }
