"""The work of one worker process: its processor's way through every partition that it was given."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import psycopg

from klantbeeld.bootstrap import System
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Gap, Processor
from projections.joint import Batches, Joint
from projections.replay import Preparing
from streams.ending import Ending
from streams.jointly import take_jointly
from streams.line import HALTING, OUTAGES, Line, LineStopped
from streams.measures import Measures
from streams.statistics import Statistics

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
LEAST, MOST, MORE = 50, 300, 10
"""Records in one transaction: some hundred milliseconds of work, and as many names held. Fewer where workers wait for one
another, for so long as the other's transaction is."""
WAITED: Final = 0.02
"""Seconds for its locks, and a fifth of its time, that make a worker take fewer."""
LIMIT_POLL: Final = 0.05
STALLED: Final = 30.0
"""Seconds without progress, while everything answers and records wait, after which a worker begins anew."""
ONE_STALLED: Final = 4 * STALLED
"""The same for a single partition, which may have to wait for its turn behind others."""
IDLE_AT_MOST: Final = "20s"
"""How long a transaction may wait for this process, which may be frozen, or its machine gone, and holds up others."""

log = logging.getLogger(__name__)
Decode = Callable[[Any], Record]
T = TypeVar("T")


class Partitions:
    """Safe to call from any thread; works on one batch at a time."""

    def __init__(self, system: System, processor: Processor, decode: Decode, measures: Measures) -> None:
        self._system, self.processor, self._decode, self._measures = system, processor, decode, measures
        self._joint = processor if isinstance(processor, Joint) else None
        self._preparing = processor if isinstance(processor, Preparing) else None
        self._busy, self._asking, self._asked = threading.Lock(), threading.Lock(), 0
        self._stopping = threading.Event()
        self._statistics = Statistics()
        self._connection: Connection | None = None
        self._lines: dict[int, Line] = {}
        self._reached: dict[int, int] = {}
        self._progress_at: dict[int, float] = {}
        self._moved_at = time.monotonic()
        self._most = MOST

    def stop(self) -> None:
        """Finish the transaction at hand; wait for nothing any more."""
        self._stopping.set()

    def positions(self, partitions: Sequence[int]) -> Mapping[int, int]:
        with self._asking:
            self._asked = asked = self._asked + 1
        with self._busy:
            found = self._patiently(lambda connection: self._positions(connection, partitions))
            if asked == self._asked:  # Faust may ask twice at once, for what was given before and what is now
                self._reached = dict(found)
                self._all_is_well()
        log.info(
            "partitions_assigned", extra={"processor": self.processor.name, "partitions": list(partitions)}
        )
        return found

    def prepare(self, messages: Sequence[Any]) -> list[Record]:
        """The records of these messages, opened as far as that can be done while others are processed."""
        records = [self._decode(message) for message in messages]
        if self._preparing:
            with suppress(Exception):  # whatever is wrong will be so in their turn
                self._preparing.prepare(records)
        return records

    def take(self, records: Sequence[Record]) -> None:
        """Process these, sorted by partition and position. Raises `Ending`."""
        while records and not self._stopping.is_set():
            size = self._most if self._joint else len(records)
            batches, records = _by_partition(records[:size]), records[size:]
            with self._busy:
                if not self._at_once(batches):
                    for partition, own in batches.items():
                        self._one_after_another(partition, own)

    def _one_after_another(self, partition: int, records: Sequence[Record]) -> None:
        while records and not self._stopping.is_set():
            position = self._patiently(partial(self._some, partition=partition, records=records))
            records = [record for record in records if record.position >= position]

    def _at_once(self, batches: Batches) -> bool:
        return len(batches) > 1 and self._patiently(partial(self._jointly, batches=batches))

    def _jointly(self, connection: Connection, batches: Batches) -> bool:
        """Process all of it in one transaction, if nothing is the matter with it; answers whether that was so."""
        if self._joint is None or sum(map(len, batches.values())) > self._most:
            return False
        lines = [self._line(partition) for partition in batches]
        began = time.monotonic()
        positions = take_jointly(self._system, connection, self._joint, lines, batches)
        if positions is None:
            return False
        self._measure(connection, batches, positions, began)
        return True

    def stalled(self) -> bool:
        """Whether records have been waiting for long although the log and the database answer.

        Raises `Ending` when the log does not reach as far as this worker has come: it was made anew, and what it holds
        would be taken for what was processed long ago.
        """
        come_to = dict(self._reached)
        try:
            ends = self._system.log.ends()
            with self._system.database.connection() as connection:
                connection.execute("SELECT 1")
        except OUTAGES:
            self._all_is_well()
            return False
        _refuse_past_end(come_to, ends)
        now = time.monotonic()
        for partition, position in list(self._reached.items()):
            if position >= ends.get(partition, 0):
                self._progress_at[partition] = now
        longest = max((now - self._progress_at.get(one, now) for one in list(self._reached)), default=0.0)
        return longest > (STALLED if now - self._moved_at > STALLED else ONE_STALLED)

    def _all_is_well(self) -> None:
        """Nobody waits longer than from now on."""
        self._moved_at = time.monotonic()
        self._progress_at = dict.fromkeys(self._reached, self._moved_at)

    def _positions(self, connection: Connection, partitions: Sequence[int]) -> Mapping[int, int]:
        found = {number: self._line(number).position(connection) for number in partitions}
        ends = self._system.log.ends()
        _refuse_past_end(found, ends)
        return found

    def _some(self, connection: Connection, partition: int, records: Sequence[Record]) -> int:
        """Process what may be processed by now; answers the position after."""
        line = self._line(partition)
        wanted = self._allowed(connection, partition, records)
        if not wanted:
            return records[0].position
        began = time.monotonic()
        try:
            position = line.take(connection, wanted)
        except Gap:
            position = line.position(connection)
            if position <= records[0].position:
                raise Ending("gap_in_log", f"partition {partition}") from None
        self._measure(connection, {partition: wanted}, {partition: position}, began)
        return position

    def _measure(
        self, connection: Connection, batches: Batches, positions: Mapping[int, int], began: float
    ) -> None:
        ended, name = time.monotonic(), self.processor.name
        self._moved_at = ended
        for partition, records in batches.items():
            self._progress_at[partition] = ended
            if partition in self._reached:
                self._reached[partition] = positions[partition]
            self._measures.records(name, partition, len(records), positions[partition])
        self._measures.batch(name, ended - began)
        locks = getattr(self.processor, "locks", None)
        if locks is not None:
            self._measures.locks(name, locks.seconds)
            self._adapt(locks.seconds, ended - began)
        self._statistics.after(connection, sum(map(len, batches.values())))

    def _adapt(self, waited: float, took: float) -> None:
        if waited > max(WAITED, took / 5):
            self._most = max(LEAST, self._most // 2)
        else:
            self._most = min(MOST, self._most + MORE)

    def _allowed(self, connection: Connection, partition: int, records: Sequence[Record]) -> Sequence[Record]:
        """Those that the processor may have already: one that follows another must not run ahead of it."""
        records = records[: self._most]
        limit = getattr(self.processor, "limit", None)
        if limit is None:
            return records
        stop = limit(connection, partition)
        if records[0].position >= stop:
            self._all_is_well()
            self._stopping.wait(LIMIT_POLL)
        return [record for record in records if record.position < stop]

    def _line(self, partition: int) -> Line:
        if partition not in self._lines:
            self._lines[partition] = Line(self._system, self.processor, partition, self._stopping.is_set)
        return self._lines[partition]

    def _patiently(self, work: Callable[[Connection], T]) -> T:
        """Do it, again and again while a dependency is away. Raises `Ending`."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                return work(self._connected())
            except OUTAGES as error:
                if isinstance(error, psycopg.errors.IdleInTransactionSessionTimeout):
                    self._most = max(LEAST, self._most // 2)  # perhaps it is the size of the batch
                self._wait(type(error).__name__, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except (*HALTING, LineStopped) as error:
                raise Ending(error.code, halts=True) from None

    def _wait(self, cause: str, pause: float) -> None:
        log.warning("processor_waits", extra={"processor": self.processor.name, "cause": cause})
        self._disconnect()
        self._all_is_well()
        if self._stopping.wait(pause):
            raise Ending("stopped")

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self.processor.forget()
            try:
                self._connection = self._system.database.dedicated()
                self._connection.execute(f"SET idle_in_transaction_session_timeout TO '{IDLE_AT_MOST}'")
            except psycopg.OperationalError as error:
                raise LogUnavailable(type(error).__name__) from error
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _by_partition(records: Sequence[Record]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return found


def _refuse_past_end(positions: Mapping[int, int], ends: Mapping[int, int]) -> None:
    """`ends` must have been asked for after the positions. Raises `Ending`."""
    if past := [number for number, position in positions.items() if position > ends.get(number, 0)]:
        raise Ending("past_log_end", ", ".join(f"partition {number}" for number in past), halts=True)
