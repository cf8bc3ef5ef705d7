"""The embedded runner: takes records from the log to one processor, batch after batch, through the fence.

It survives outages of the database, sets poison aside and stops the line when too much of it comes; it decides nothing.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psycopg

from klantbeeld.bootstrap import System
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.ahead import Ahead
from projections.fence import ForeignLog, Gap, Processor, apply_batch, locked_position, skip_one
from projections.opening import KeyStoreIncomplete

BATCH: Final = 2000
ATTEMPTS: Final = 3
WINDOW: Final = 1000
MOST_DEAD: Final = 50
IN_A_ROW: Final = 50
LONGEST_PAUSE: Final = 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """How a runner fares. `halted` holds the reason why it stopped the line."""

    position: int = 0
    halted: str | None = None
    away: bool = False


class LineStopped(Exception):
    """Too many records could not be processed. Look at `klantbeeld dead-letters list`, mend the cause, start again."""

    code = "line_stopped"


class Runner:
    """One thread for one processor. `start` it, `stop` it; it may be started once."""

    def __init__(self, system: System, processor: Processor, batch: int = BATCH) -> None:
        self._system, self.processor, self._batch = system, processor, batch
        self._thread = threading.Thread(target=self._run, name=f"runner-{processor.name}", daemon=True)
        self._ending = threading.Event()
        self._dead: deque[bool] = deque(maxlen=WINDOW)
        self._ahead = Ahead(
            lambda start, limit: system.log.read(0, start, limit), getattr(processor, "prepare", None)
        )
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
            self.health.position = self._position(connection)
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
            except (psycopg.OperationalError, LogUnavailable) as error:
                log.warning(
                    "processor_waits", extra={"processor": self.processor.name, "cause": type(error).__name__}
                )
                self.health.away = True
                self._ending.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except (ForeignLog, KeyStoreIncomplete, LineStopped) as error:
                self.health.halted = error.code
                log.critical("line_stopped", extra={"processor": self.processor.name, "code": error.code})
                return
            except Exception as error:
                log.exception(
                    "processor_failed", extra={"processor": self.processor.name}, exc_info=type(error)()
                )
                self._ending.wait(LONGEST_PAUSE)

    def _follow(self) -> None:
        connection = self._connected()
        try:
            self.health.position = self._position(connection)
            self.health.away = False
            while not self._ending.is_set():
                self._step(connection)
        finally:
            with suppress(psycopg.Error):
                connection.close()

    def _connected(self) -> Connection:
        self.processor.forget()
        return self._system.database.dedicated()

    def _position(self, connection: Connection) -> int:
        with connection.transaction():
            return locked_position(connection, self.processor.name, 0, self._system.log.log_id())[0]

    def _step(self, connection: Connection) -> None:
        """Process the next batch, or wait a moment for one."""
        start = self.health.position
        records = self._next(connection, start)
        if not records:
            return
        try:
            self._apply(connection, records)
        except Gap:
            self.health.position = self._position(connection)
        except (psycopg.OperationalError, LogUnavailable, ForeignLog, KeyStoreIncomplete):
            raise
        except Exception as error:
            self.processor.forget()
            log.warning(
                "batch_failed", extra={"processor": self.processor.name, "cause": type(error).__name__}
            )
            self._one_by_one(connection, records)
        self._system.moved.give()

    def _next(self, connection: Connection, start: int) -> Sequence[Record]:
        limit = getattr(self.processor, "limit", None)
        if limit is None:
            if not self._system.log.wait(0, start, timeout=1):
                return []
            return self._ahead.take(start, self._batch)
        seen = self._system.moved.count
        room = limit(connection, 0) - start
        if room <= 0:
            self._system.moved.wait(seen, 0.25)
            return []
        return self._system.log.read(0, start, min(self._batch, room))

    def _apply(self, connection: Connection, records: Sequence[Record]) -> None:
        with connection.transaction():
            self._system.keys.hold(connection)
            position = apply_batch(connection, self.processor, 0, self._system.log.log_id(), records)
        self.health.position = position
        self._dead.extend([False] * len(records))

    def _one_by_one(self, connection: Connection, records: Sequence[Record]) -> None:
        for record in records:
            if self._ending.is_set():
                return
            self._alone(connection, record)

    def _alone(self, connection: Connection, record: Record) -> None:
        cause = ""
        for _ in range(ATTEMPTS):
            try:
                self._apply(connection, [record])
            except (psycopg.OperationalError, LogUnavailable, ForeignLog, KeyStoreIncomplete, Gap):
                raise
            except Exception as error:
                self.processor.forget()
                cause = type(error).__name__
            else:
                return
        self._count_dead()
        with connection.transaction():
            self.health.position = skip_one(
                connection,
                self.processor,
                self._system.log.log_id(),
                record,
                "handler_failed",
                cause,
                ATTEMPTS,
            )

    def _count_dead(self) -> None:
        """Raises `LineStopped` rather than set aside what is probably not the records' fault."""
        self._dead.append(True)
        row = [*self._dead][-IN_A_ROW:]
        if sum(self._dead) > MOST_DEAD or (len(row) == IN_A_ROW and all(row)):
            raise LineStopped(str(LineStopped.__doc__))
