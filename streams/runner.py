"""The embedded runner: takes records from the log to one processor, batch after batch, through the fence.

It reads, waits and survives outages of the database; the line decides.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psycopg

from klantbeeld.bootstrap import System
from klantbeeld.failures import place_of
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.ahead import Ahead
from projections.fence import Gap, Processor
from streams.line import HALTING, OUTAGES, Line, LineStopped
from streams.statistics import Statistics

BATCH: Final = 2000
LONGEST_PAUSE: Final = 1.0
WITHIN: Final = 0.1
"""Seconds from the beginning of a batch within which a processor that follows another begins no other, if fewer than `FEW`
records came: nobody waits for it as for the one it follows, and a batch of one costs nearly what one of ten does.
"""
FEW: Final = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """How a runner fares. `halted` holds the reason why it stopped the line."""

    position: int = 0
    halted: str | None = None
    away: bool = False


class Runner:
    """One thread for one processor. `start` it, `stop` it; it may be started once."""

    def __init__(self, system: System, processor: Processor, batch: int = BATCH) -> None:
        self._system, self.processor, self._batch = system, processor, batch
        self._thread = threading.Thread(target=self._run, name=f"runner-{processor.name}", daemon=True)
        self._ending = threading.Event()
        self._line = Line(system, processor, ended=self._ending.is_set)
        self._ahead = Ahead(
            lambda start, limit: system.log.read(0, start, limit), getattr(processor, "prepare", None)
        )
        self._statistics = Statistics()
        self._limit = getattr(processor, "limit", None)
        self.health = Health()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Finish the batch at hand and end."""
        self._ending.set()
        self._system.log.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if not self._thread.is_alive():
            self._ahead.close()

    def catch_up(self, until: int) -> None:
        """Process in this thread up to position `until`. Raises what stops the line."""
        connection = self._connected()
        try:
            self.health.position = self._line.position(connection)
            while self.health.position < until and not self._ending.is_set():
                self._step(connection)
        finally:
            connection.close()

    def _run(self) -> None:
        pause = 0.05
        while not self._ending.is_set():
            try:
                self._follow()
                pause = 0.05
            except OUTAGES as error:
                log.warning(
                    "processor_waits", extra={"processor": self.processor.name, "cause": type(error).__name__}
                )
                self.health.away = True
                self._ending.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except (*HALTING, LineStopped) as error:
                self.health.halted = error.code
                log.critical("line_stopped", extra={"processor": self.processor.name, "code": error.code})
                return
            except Exception as error:
                log.error(
                    "processor_failed", extra={"processor": self.processor.name, "cause": place_of(error)}
                )
                self._ending.wait(LONGEST_PAUSE)

    def _follow(self) -> None:
        connection = self._connected()
        try:
            self.health.position = self._line.position(connection)
            self.health.away = False
            while not self._ending.is_set():
                self._step(connection)
        finally:
            with suppress(psycopg.Error):
                connection.close()

    def _connected(self) -> Connection:
        self.processor.forget()
        return self._system.database.dedicated()

    def _step(self, connection: Connection) -> None:
        """Process the next batch, or wait a moment for one."""
        start = self.health.position
        records = self._next(connection, start)
        if not records:
            return
        began = time.monotonic()
        try:
            self.health.position = self._line.take(connection, records)
        except Gap:
            self.health.position = self._line.position(connection)
        self._system.moved.give()
        self._statistics.after(connection, len(records))
        if self._limit and len(records) < FEW:
            self._ending.wait(began + WITHIN - time.monotonic())

    def _next(self, connection: Connection, start: int) -> Sequence[Record]:
        if self._limit is None:
            if not self._system.log.wait(0, start, timeout=1):
                return []
            return self._ahead.take(start, self._batch)
        seen = self._system.moved.count
        room = self._limit(connection, 0) - start
        if room <= 0:
            self._system.moved.wait(seen, 0.25)
            return []
        return self._system.log.read(0, start, min(self._batch, room))
