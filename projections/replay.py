"""Read models computed anew, in a schema of their own beside the live ones, from the log alone."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

import psycopg

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import REPLAY_LOCK, Connection
from klantbeeld.log.record import Record
from klantbeeld.log.sql import load
from projections import schema
from projections.ahead import batches
from projections.fence import Applied, ForeignLog, Processor, locked_position, move
from projections.following import Follower, Sharing
from projections.opening import KeyStoreIncomplete, Poison
from projections.search.port import SearchAway
from projections.shares import OneLog, Progress, Team, together
from projections.standing import Place

SQL = load(__package__, "replay.sql")
LEAST, MOST = 100, 2_000
QUICK, SLOW = 0.25, 0.6
"""Seconds: a quicker batch lets the next be larger, a slower one smaller, so that commits stay under a second."""
ANALYZED: Final = (2_000, 20_000, 200_000)
NOT_THE_RECORDS_FAULT: Final[tuple[type[Exception], ...]] = (
    psycopg.OperationalError,
    LogUnavailable,
    SearchAway,
    ForeignLog,
    KeyStoreIncomplete,
)


class Holder(Protocol):
    def hold(self, connection: Connection) -> object:
        """Hold off erasures until the end of the connection's transaction."""


@runtime_checkable
class Preparing(Protocol):
    """A processor that can do something with records before their turn, in another thread."""

    def prepare(self, records: Sequence[Record]) -> None: ...


class ReplayRunning(Exception):
    """A rebuild or verification is running. Try again when it is done."""

    code = "replay_running"


@dataclass(slots=True)
class Replica:
    """One filling. `connection` is its own, with `schema` first in the search path.

    `poison` holds the reason of every record that it could not take, beside those it was told to leave out; `records`
    counts what it read of each partition. A `team` takes shares of what is much. `slot` is where its checkpoints stand, if
    that is not at the partitions' own.
    """

    not_the_records_fault: ClassVar[tuple[type[Exception], ...]] = NOT_THE_RECORDS_FAULT
    connection: Connection
    log: OneLog
    keys: Holder
    processors: Sequence[Processor]
    schema: str
    progress: Progress = lambda done, total: None
    counted: Callable[[int], None] = lambda records: None
    team: Team | None = None
    slot: int | None = None
    poison: dict[tuple[str, int, int], str] = field(default_factory=dict)
    records: dict[int, int] = field(default_factory=dict)
    filled: bool = False
    positions: dict[Place, int] = field(default_factory=dict)
    most: int = MOST
    _size: int = 500
    _total: int = 0
    log_id: str = ""

    @property
    def leaders(self) -> list[Processor]:
        return [one for one in self.processors if not isinstance(one, Follower)]

    @property
    def followers(self) -> list[Follower]:
        return [one for one in self.processors if isinstance(one, Follower)]

    def make(self) -> None:
        """An empty schema, in place of what an earlier replay may have left. Raises `ReplayRunning`."""
        row = self.connection.execute(SQL["try_alone"], {"lock": REPLAY_LOCK}).fetchone()
        if row is None or not row[0]:
            raise ReplayRunning(str(ReplayRunning.__doc__))
        self.connection.execute("SET synchronous_commit TO off")
        self.log_id = self.log.log_id()
        for one in self.processors:
            if isinstance(one, Sharing):
                one.be_alone()
        self.drop()
        with self.connection.transaction():
            schema.create(self.connection, self.schema)

    def drop(self) -> None:
        """Away with all that replays leave behind."""
        for name in (schema.NEXT, schema.OLD, schema.CHECK):
            schema.drop(self.connection, name)

    def advance(self, to: Mapping[Place, int], aside: Mapping[Place, Mapping[int, EventKey]]) -> int:
        """Apply every record below these positions; answers how many records were read."""
        seen = together(self, to, aside)
        for partition in sorted({partition for _, partition in to}):
            moving = [one for one in self._active() if self._lags(one, partition, to)]
            if not moving:
                continue
            end = max(to.get((one.name, partition), 0) for one in moving)
            start = min(self._position(one, partition) for one in moving)
            self._total = max(self._total, end)
            for records in self._batches(moving, partition, start, end):
                self._apply(moving, partition, records, to, aside)
                seen += len(records)
                self._count(partition, records)
                self.progress(records[-1].position + 1, self._total)
                self.counted(len(records))
        return seen

    def has(self, processor: str, partition: int, position: int) -> bool:
        """Whether a processor has come past this position."""
        return position < self.positions.get((processor, partition), 0)

    def voided(self, processor: str, partition: int) -> int:
        values = {"processor": processor, "partition": partition}
        row = self.connection.execute(SQL["voided"], values).fetchone()
        return 0 if row is None else int(row[0])

    def finish(self) -> None:
        """The indexes that readers need, the followers, and the planner's statistics."""
        schema.create_indexes(self.connection, self.schema, schema.PACKAGES[:1])
        schema.analyze(self.connection, self.schema)
        for follower in self.followers:
            self._fill(follower)
        schema.create_indexes(self.connection, self.schema, schema.PACKAGES[1:])
        schema.analyze(self.connection, self.schema)
        self.filled = True

    def _fill(self, follower: Any) -> None:
        self.connection.execute(SQL["forget_touched"])
        follower.fill(self.connection)
        values = {"follower": follower.name, "leader": self.leaders[0].name}
        self.connection.execute(SQL["place_follower"], values)
        for (name, partition), position in list(self.positions.items()):
            if name == self.leaders[0].name:
                self.positions[follower.name, partition] = position

    def _count(self, partition: int, records: Sequence[Record]) -> None:
        self.records[partition] = max(self.records.get(partition, 0), records[-1].position + 1)

    def _active(self) -> Sequence[Processor]:
        return self.processors if self.filled else self.leaders

    def _lags(self, processor: Processor, partition: int, to: Mapping[Place, int]) -> bool:
        return self._position(processor, partition) < to.get((processor.name, partition), 0)

    def _position(self, processor: Processor, partition: int) -> int:
        return self.positions.get((processor.name, partition), 0)

    def _batches(
        self, processors: Sequence[Processor], partition: int, start: int, end: int
    ) -> Iterator[Sequence[Record]]:
        prepares = [one.prepare for one in processors if isinstance(one, Preparing)]

        def read(start: int, limit: int) -> Sequence[Record]:
            records = self.log.read(partition, start, limit)
            for prepare in prepares if records else ():
                prepare(records)
            return records

        return batches(read, start, end, lambda: self._size)

    def _apply(
        self,
        processors: Sequence[Processor],
        partition: int,
        records: Sequence[Record],
        to: Mapping[Place, int],
        aside: Mapping[Place, Mapping[int, EventKey]],
    ) -> None:
        began = time.monotonic()
        self._apply_once(processors, partition, records, to, aside)
        self._adapt(time.monotonic() - began)
        self._analyze(records)

    def _apply_once(
        self,
        processors: Sequence[Processor],
        partition: int,
        records: Sequence[Record],
        to: Mapping[Place, int],
        aside: Mapping[Place, Mapping[int, EventKey]],
    ) -> None:
        before = dict(self.positions)
        try:
            with self.connection.transaction():
                self.keys.hold(self.connection)
                for processor in processors:
                    place = processor.name, partition
                    start, stop = before.get(place, 0), to.get(place, 0)
                    own = _between(records, start, stop)
                    if own:
                        self._take(processor, own, aside.get(place, {}))
        except BaseException:
            self.positions = before
            raise

    def _take(self, processor: Processor, records: Sequence[Record], aside: Mapping[int, EventKey]) -> None:
        partition = records[0].partition
        row = partition if self.slot is None else self.slot
        _, voided = locked_position(self.connection, processor.name, row, self.log_id)
        wanted = [one for one in records if aside.get(one.position) != one.event_key] if aside else records
        applied = self._tried(processor, wanted, voided) if wanted else Applied()
        for one in applied.poison:
            self.poison[processor.name, partition, one.record.position] = one.reason
        last, left_out = records[-1], len(records) - len(wanted)
        move(self.connection, processor.name, row, last.position + 1, last.recorded_at, applied, left_out)
        self.positions[processor.name, partition] = last.position + 1

    def _tried(self, processor: Processor, records: Sequence[Record], voided: int) -> Applied:
        """What one bad record would spoil is done again one by one, without that record."""
        try:
            with self.connection.transaction():
                return processor.apply(self.connection, records, voided)
        except self.not_the_records_fault:
            raise
        except Exception:
            processor.forget()
            if len(records) == 1:
                return Applied(poison=(Poison(records[0], "handler_failed", ""),))
        parts = []
        for record in records:
            parts.append(self._tried(processor, [record], voided))
            voided += parts[-1].voided
        return added(parts)

    def _adapt(self, took: float) -> None:
        if took > SLOW:
            self._size = max(LEAST, self._size // 2)
        elif took < QUICK:
            self._size = min(self.most, self._size * 2)

    def _analyze(self, records: Sequence[Record]) -> None:
        """Tell the planner how large the tables are by now, from a small sample: only look-ups by key are to come."""
        first, last = records[0].position, records[-1].position
        idle = self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if idle and any(first <= mark <= last for mark in ANALYZED):
            self.connection.execute("SET default_statistics_target TO 10")
            schema.analyze(self.connection, self.schema)
            self.connection.execute("RESET default_statistics_target")


def _between(records: Sequence[Record], start: int, stop: int) -> Sequence[Record]:
    """Those at positions from `start` up to `stop`; the very sequence given when that is all of them."""
    if start <= records[0].position and records[-1].position < stop:
        return records
    return [one for one in records if start <= one.position < stop]


def added(parts: Sequence[Applied]) -> Applied:
    return Applied(
        stored=sum(one.stored for one in parts),
        late=sum(one.late for one in parts),
        shredded=sum(one.shredded for one in parts),
        poison=tuple(poison for one in parts for poison in one.poison),
        voided=sum(one.voided for one in parts),
    )
