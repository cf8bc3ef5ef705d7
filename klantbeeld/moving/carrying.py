"""A move, step by step. Each step may be repeated, so a move that was killed is given again and goes on where it was.

The log is marked as moved last of all, when the read models were filled from Kafka, verified, and found to be what they
were before. Until then nothing else works on the new installation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from klantbeeld.bootstrap import System, opened
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.kafka.producing import Publisher
from klantbeeld.log.postgres import moves
from klantbeeld.log.postgres.database import Connection, Database, migrate
from klantbeeld.log.sql import load
from klantbeeld.moving import letters
from klantbeeld.moving.copying import check_target, copy_kept
from klantbeeld.moving.publishing import BATCH, Carrier
from klantbeeld.moving.refusals import MoveRefused
from klantbeeld.moving.source import Source, left, opened_source
from klantbeeld.settings import Settings, master_key
from klantbeeld.unmoved import mark_moved
from projections.inspection import inspect
from projections.rebuild import rebuild, told
from projections.verify import VerifyReport, verify
from streams.line import Line

SQL: Final = load(__package__, "queries.sql")


class Steps(Protocol):
    """Told how a move gets on."""

    def begin(self, what: str) -> None: ...
    def moved(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReport:
    """`records` lie in the log that was moved, `published` of them by this run. `before`: the content digest of its read
    models, where it could be compared. `damaged`: what is wrong with records of that log, so that nobody can expect them
    to be well in the new one. `aside`: where the old records lie now, if they had to make way.
    """

    source: str
    records: int
    published: int
    dead_letters: int
    recovered: int
    before: str | None
    verified: VerifyReport
    damaged: frozenset[str] = frozenset()
    aside: str | None = None

    @property
    def same(self) -> bool:
        """Dead letters that can be processed by now are in the read models, and were not before."""
        return self.before is None or bool(self.recovered) or self.before == self.verified.content_digest

    @property
    def well(self) -> bool:
        """Whether nothing is wrong that was not wrong before."""
        told = all(one.table == "log" and one.kind in self.damaged for one in self.verified.differences)
        return self.same and told and all(one.balanced for one in self.verified.partitions)

    def told(self) -> dict[str, Any]:
        mine = {
            "source": self.source,
            "records": self.records,
            "published": self.published,
            "dead_letters": self.dead_letters,
            "recovered": self.recovered,
            "content_digest_before": self.before,
            "old_records": self.aside,
            "moved": self.well,
        }
        return mine | told(self.verified)


def move(settings: Settings, steps: Steps) -> MoveReport | None:
    """Move a log that was not moved; None when there is none. Raises `MoveRefused`."""
    for folder in left(settings):
        with opened_source(settings, folder) as source:
            steps.begin("bringing the old read models up to date")
            digest = source.digest()
            with _target(settings, source, steps) as target, target.database.dedicated() as connection:
                return _Move(source, target, connection, steps).run(digest)
    return None


@contextmanager
def _target(settings: Settings, source: Source, steps: Steps) -> Iterator[System]:
    """The system on Kafka, with all that is kept in its database."""
    if source.folder:
        steps.begin("copying keys, claims and dead letters")
        with _database(settings) as database, database.dedicated() as connection:
            check_target(connection, source.connection, master_key(settings))
            copy_kept(connection, source.connection)
    with opened(settings, moving=True) as system:
        yield system


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """The target's, with the schema of what is kept and nothing in it that was not there."""
    database = Database(settings.database_url or "", size=2)
    try:
        database.open()
        migrate(database)
        yield database
    finally:
        database.close()


class _Move:
    """One log's. `connection` is the target's, outside transactions."""

    def __init__(self, source: Source, target: System, connection: Connection, steps: Steps) -> None:
        assert isinstance(target.log, KafkaLog)
        self._source, self._target, self._connection, self._steps = source, target, connection, steps
        self._log, self._to, self._from = target.log, target.log.log_id(), source.log_id
        self._follows = self._is_addition()

    def run(self, digest: str | None) -> MoveReport:
        """`digest`: of the source's read models, where it is known now."""
        begun = moves.begin(self._connection, self._from, self._to, digest)
        end = self._source.end()
        with self._publisher() as publisher:
            carrier = Carrier(
                source=self._source.connection,
                publisher=publisher,
                topic=self._log.topics.events,
                reached=lambda position: self._reached(position, end),
            )
            self._steps.begin("publishing")
            published = carrier.carry(begun.next_position, end)
            report = self._proved(end, published, None if self._follows else begun.content_digest)
            return self._finished(report, carrier) if report.well else report

    def _is_addition(self) -> bool:
        """Whether an earlier move to this log came to its end, so that others may work on it. Raises `MoveRefused`."""
        known = moves.move_of(self._connection, self._from)
        if known is not None and known.to_log_id == self._to:
            return known.done
        if moves.is_target(self._connection, self._to):
            return True
        if any(self._log.ends().values()):
            raise MoveRefused(
                "topic_in_use",
                f"the topic {self._log.topics.events} holds records already: set another KLANTBEELD_TOPIC_PREFIX",
            )
        return False

    def _reached(self, position: int, end: int) -> None:
        moves.advance(self._connection, self._from, position)
        self._steps.moved(position, end)

    @contextmanager
    def _publisher(self) -> Iterator[Publisher]:
        publisher = Publisher(self._target.settings.kafka_bootstrap or "")
        try:
            yield publisher
        finally:
            publisher.close()

    def _proved(self, end: int, published: int, before: str | None) -> MoveReport:
        dead = letters.place_again(self._connection, self._log)
        self._steps.begin("filling the read models from Kafka")
        recovered = self._fill()
        self._steps.begin("verifying")
        target = self._target
        verified = verify(
            target.database,
            self._log,
            target.keys,
            target.names,
            target.processors,
            progress=self._steps.moved,
        )
        return MoveReport(
            damaged=self._damaged(verified),
            source=self._source.name,
            records=end,
            published=published,
            dead_letters=dead,
            recovered=recovered,
            before=before,
            verified=verified,
        )

    def _damaged(self, verified: VerifyReport) -> frozenset[str]:
        if not any(one.table == "log" for one in verified.differences):
            return frozenset()
        found = inspect(self._source.log, self._target.keys, self._target.names)
        return frozenset(one.kind for one in found.differences.first)

    def _fill(self) -> int:
        """Answers how many dead letters can be processed by now. Read models on which workers are at work are theirs."""
        self._connection.execute(SQL["of_another_log"], {"log_id": self._from})
        filled = self._connection.execute(SQL["filled_from"], {"log_id": self._to}).fetchall()
        target = self._target
        if not filled:
            report = rebuild(
                target.database, self._log, target.keys, target.processors, progress=self._steps.moved
            )
            return len(report.recovered)
        if not self._follows:
            self._process()
        return 0

    def _process(self) -> None:
        """What was published after an earlier run had filled the read models."""
        for processor in self._target.processors():
            for partition, end in self._log.ends().items():
                line = Line(self._target, processor, partition)
                position = line.position(self._connection)
                while position < end:
                    position = line.take(self._connection, self._log.read(partition, position, BATCH))

    def _finished(self, report: MoveReport, carrier: Carrier) -> MoveReport:
        """Mark the log as moved, with what came in meanwhile, in a moment in which nobody can append to it."""
        source = self._source
        with source.connection.transaction():
            end = moves.close_to_appends(source.connection)
            if end > report.records and source.folder:
                copy_kept(self._connection, source.connection)
            late = carrier.carry(report.records, end)
            done = (self._from, self._to, end, report.before)
            moves.finish(source.connection, *done)
            if source.folder:
                moves.finish(self._connection, *done)
                mark_moved(source.folder)
                aside = None
            else:
                aside = moves.retire(source.connection, self._from)
        return replace(report, records=end, published=report.published + late, aside=aside)
