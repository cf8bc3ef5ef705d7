"""Keeping one worker process running: started again whenever it ends, unless it says that this would not help."""

import logging
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from streams.ending import HALT

PAUSES: Final = (0.1, 0.5, 1.0)
STEADY: Final = 60.0
"""Seconds after which a process counts as having run well."""
STOPPING_TAKES_AT_MOST: Final = 9.5

log = logging.getLogger(__name__)


class Supervisor:
    """Runs `module` as a child. The child gets `order` on its standard input, and its end when that closes; it has so many
    seconds to end then. `heard` is given each line that the child writes to its standard output; without it, what
    libraries write there goes nowhere.
    """

    def __init__(
        self,
        name: str,
        module: str,
        order: Any,
        *,
        heard: Callable[[bytes], None] | None = None,
        stopping_takes_at_most: float = STOPPING_TAKES_AT_MOST,
    ) -> None:
        self._name, self._module, self._order, self._heard = name, module, order, heard
        self._stopping_takes_at_most = stopping_takes_at_most
        self._child: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()

    def run(self) -> bool:
        """Blocks until `stop` is called, or the child halts for good; tells whether it ended well."""
        deaths = 0
        while not self._ending.is_set():
            started = time.monotonic()
            status = self._ended(self._spawned())
            if self._ending.is_set():
                break
            if status == HALT:
                log.critical("worker_halted", extra={"worker": self._name})
                return False
            deaths = 0 if time.monotonic() - started > STEADY else deaths + 1
            log.warning("worker_died", extra={"worker": self._name, "status": status, "deaths": deaths})
            self._ending.wait(PAUSES[min(max(deaths, 1), len(PAUSES)) - 1])
        return True

    def stop(self) -> None:
        """Let the child finish what it has in hand; one that does not end in time is killed. Safe in a signal handler."""
        self._ending.set()
        self._close()
        deadline = threading.Timer(self._stopping_takes_at_most, self._kill)
        deadline.daemon = True
        deadline.start()

    def say(self, what: bytes) -> None:
        """Write to the child, if there is one that has its order; what it did not get is lost."""
        if self._child is not None:
            _write(self._child, what)

    def _ended(self, child: subprocess.Popen[bytes]) -> int:
        """The child's status, once it has said all."""
        if self._heard and child.stdout:
            for line in child.stdout:
                self._heard(line)
        return child.wait()

    def _spawned(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if self._heard else subprocess.DEVNULL,
            start_new_session=True,
        )
        _write(child, pickle.dumps(self._order))
        self._child = child
        if self._ending.is_set():
            self._close()
        return child

    def _close(self) -> None:
        child = self._child
        if child is not None and child.stdin:
            with suppress(OSError, ValueError):
                child.stdin.close()

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()


def _write(child: subprocess.Popen[bytes], what: bytes) -> None:
    assert child.stdin
    with suppress(OSError, ValueError):
        child.stdin.write(what)
        child.stdin.flush()


@contextmanager
def stopped_by_signals(supervisor: Supervisor) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the supervisor."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
