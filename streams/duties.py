"""The duties: what has to be done now and then, and by one worker at a time. Each may be repeated without harm."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from klantbeeld.bootstrap import System
from klantbeeld.log.kafka.announcing import Letter
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.postgres.database import DUTIES_LOCK, Connection
from klantbeeld.log.sql import load
from streams.line import OUTAGES

SQL = load(__package__, "duties.sql")
EVERY: Final = 1.0
MOST: Final = 500

log = logging.getLogger(__name__)


class Duties:
    """Announces dead letters. The log itself publishes what was spooled, in every process that has it open."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._stopping = threading.Event()

    def run(self) -> None:
        """Blocks until `stop`."""
        while not self._stopping.is_set():
            try:
                more = self.announce()
            except OUTAGES as error:
                log.warning("duties_wait", extra={"cause": type(error).__name__})
                more = False
            if not more:
                self._stopping.wait(EVERY)

    def stop(self) -> None:
        self._stopping.set()

    def announce(self) -> bool:
        """Announce some dead letters that were not yet; whether there may be more. Raises what is in `OUTAGES`."""
        event_log = self._system.log
        assert isinstance(event_log, KafkaLog)
        with self._system.database.transaction() as connection:
            if not _first(connection):
                return False
            letters = connection.execute(SQL["not_announced"], {"limit": MOST}).fetchall()
            if letters:
                event_log.announce([_letter(row) for row in letters])
                connection.execute(SQL["announced"], {"ids": [row[0] for row in letters]})
        return len(letters) == MOST


def _first(connection: Connection) -> bool:
    row = connection.execute(SQL["try_duty"], {"lock": DUTIES_LOCK}).fetchone()
    return bool(row and row[0])


def _letter(row: Sequence[object]) -> Letter:
    _, processor, partition, position, reason = row
    return Letter(
        processor=str(processor),
        partition=int(str(partition)),
        position=int(str(position)),
        reason=str(reason),
    )
