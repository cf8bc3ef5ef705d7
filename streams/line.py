"""The line: batches of records on their way to one processor, through the fence. Whoever delivers them, this decides.

A batch that another worker came between is done again; one that a bad record spoils is done in ever smaller parts, and
what fails alone is set aside as a dead letter. Too many dead letters stop the line: it is probably not the records' fault.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from klantbeeld.bootstrap import System
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Applied, ForeignLog, Gap, Processor, apply_batch, locked_position, skip_one
from projections.locking import CONTENTION
from projections.opening import KeyStoreIncomplete
from projections.search.port import SearchAway

ATTEMPTS: Final = 3
CONTENDED: Final = 10
"""How often a batch is tried again because another worker came between."""
WINDOW: Final = 1000
MOST_DEAD: Final = 50
IN_A_ROW: Final = 50
OUTAGES: Final = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    LogUnavailable,
    SearchAway,
)
"""A dependency is away, or gave up on this process after a pause: wait and take the batch again."""
HALTING: Final = (ForeignLog, KeyStoreIncomplete)

log = logging.getLogger(__name__)


class LineStopped(Exception):
    """Too many records could not be processed. Look at `klantbeeld dead-letters list`, mend the cause, start again."""

    code = "line_stopped"


class _TooManyDead(Exception):
    """This batch would fill the window: count its records in smaller parts."""


class Line:
    """One processor's way through a partition of the log. `ended` asks whether to stop between two records."""

    def __init__(
        self,
        system: System,
        processor: Processor,
        partition: int = 0,
        ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self._system, self.processor, self.partition, self._ended = system, processor, partition, ended
        self._dead: deque[bool] = deque(maxlen=WINDOW)

    def position(self, connection: Connection) -> int:
        """How far the processor has come. Raises `ForeignLog`."""
        log_id = self._system.log.log_id()
        with connection.transaction():
            return locked_position(connection, self.processor.name, self.partition, log_id)[0]

    def take(self, connection: Connection, records: Sequence[Record]) -> int:
        """Process these; answers the position after. The connection must be outside a transaction.

        Raises `Gap`, `LineStopped`, what is in `HALTING`, and what is in `OUTAGES`.
        """
        taken = self._tried(connection, records)
        if isinstance(taken, int):
            return taken
        log.warning("batch_failed", extra={"processor": self.processor.name, "cause": type(taken).__name__})
        return self._in_parts(connection, records)

    def _tried(self, connection: Connection, records: Sequence[Record]) -> int | Exception:
        """The position after, or what one of the records must be to blame for; raises what is nobody's fault."""
        try:
            return self._contended(connection, records)
        except (Gap, LineStopped, *OUTAGES, *HALTING) as error:
            if len(records) == 1 or not isinstance(error, CONTENTION):
                raise  # too many locks, or a deadlock, is never one record's fault: wait a little
            cause: Exception = error
        except Exception as error:
            cause = error
        self.processor.forget()
        return cause

    def _contended(self, connection: Connection, records: Sequence[Record]) -> int:
        """Again and again while others come between; in halves when there are more locks than the server can hold."""
        for _ in range(CONTENDED):
            try:
                return self._apply(connection, records)
            except psycopg.errors.OutOfMemory:
                self.processor.undo()
                if len(records) == 1:
                    raise
                half = len(records) // 2
                self._contended(connection, records[:half])
                return self._contended(connection, records[half:])
            except CONTENTION as error:
                self.processor.undo()
                log.info(
                    "batch_contended", extra={"processor": self.processor.name, "cause": type(error).__name__}
                )
        return self._apply(connection, records)

    def _apply(self, connection: Connection, records: Sequence[Record]) -> int:
        judged: list[bool] = []

        def judge(fresh: Sequence[Record], applied: Applied) -> None:
            dead = {one.record.position for one in applied.poison}
            judged.extend(record.position in dead for record in fresh)
            if len(records) > 1 and dead and self._full([*self._dead, *judged]):
                raise _TooManyDead

        with connection.transaction():
            self._system.keys.hold(connection)
            position = apply_batch(
                connection, self.processor, self.partition, self._system.log.log_id(), records, judge
            )
        self._count(judged)
        return position

    def _in_parts(self, connection: Connection, records: Sequence[Record]) -> int:
        """Halve what a bad record spoils until it stands alone: all others go in a few transactions."""
        if len(records) == 1:
            return self._alone(connection, records[0])
        half = len(records) // 2
        position = records[0].position
        for part in (records[:half], records[half:]):
            if self._ended():
                break
            position = self._part(connection, part)
        return position

    def _part(self, connection: Connection, records: Sequence[Record]) -> int:
        taken = self._tried(connection, records)
        if isinstance(taken, int):
            return taken
        log.debug("part_failed", extra={"processor": self.processor.name, "cause": type(taken).__name__})
        return self._in_parts(connection, records)

    def _alone(self, connection: Connection, record: Record) -> int:
        cause = ""
        for _ in range(ATTEMPTS):
            taken = self._tried(connection, [record])
            if isinstance(taken, int):
                return taken
            cause = type(taken).__name__
        log_id = self._system.log.log_id()
        with connection.transaction():
            position = skip_one(connection, self.processor, log_id, record, "handler_failed", cause, ATTEMPTS)
        self._count([True])
        return position

    def went_well(self, records: int) -> None:
        """So many records were processed that did not come through here."""
        self._dead.extend([False] * min(records, WINDOW))

    def _count(self, judged: Sequence[bool]) -> None:
        """Raises `LineStopped` rather than set aside what is probably not the records' fault."""
        self._dead.extend(judged)
        if any(judged) and self._full(self._dead):
            raise LineStopped(str(LineStopped.__doc__))

    @staticmethod
    def _full(dead: Sequence[bool] | deque[bool]) -> bool:
        window = list(dead)[-WINDOW:]
        row = window[-IN_A_ROW:]
        return sum(window) > MOST_DEAD or (len(row) == IN_A_ROW and all(row))
