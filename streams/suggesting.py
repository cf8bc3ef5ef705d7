"""Suggestions kept up to date beside the processors: a thread that gives way to them."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from klantbeeld.bootstrap import System
from klantbeeld.failures import place_of
from projections.suggestions.computing import Computing
from streams.line import OUTAGES

EVERY: Final = 1.0
"""Seconds between two looks at whether there is something to do."""

AT_REST, AT_WORK = 2.0, 20.0
"""How many times as long as a step took to wait after it: while the processors have little to do, and much."""

BUSY: Final = 100
"""Records a second from which on the processors have much to do."""

log = logging.getLogger(__name__)


class Suggesting:
    """Takes one short step after another. It may be started once."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._computing = Computing(system.database, system.names)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="suggesting", daemon=True)
        self._looked_at, self._seen, self._busy = time.monotonic(), 0, False

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Finish the step at hand and end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                more = self._computing.step()
                busy = self._is_busy()
            except OUTAGES as error:
                log.warning("suggestions_wait", extra={"cause": type(error).__name__})
                more, busy = False, False
            except Exception as error:
                log.error("suggestions_failed", extra={"cause": place_of(error)})
                more, busy = False, False
            took = time.monotonic() - began
            self._stopping.wait(took * (AT_WORK if busy else AT_REST) if more else EVERY)

    def _is_busy(self) -> bool:
        """Whether the processors take in much, as seen about every second."""
        now = time.monotonic()
        if now - self._looked_at >= EVERY:
            position = sum(self._system.reads.processed().values())
            self._busy = position - self._seen > BUSY * (now - self._looked_at)
            self._looked_at, self._seen = now, position
        return self._busy


@contextmanager
def suggesting(system: System) -> Iterator[None]:
    """Suggestions are kept up to date for as long as the block lasts."""
    at_work = Suggesting(system)
    at_work.start()
    try:
        yield
    finally:
        at_work.stop()
