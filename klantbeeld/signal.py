"""A nudge between threads of one process: something moved, look again. It carries no data and may come too often."""

import threading
import time


class Signal:
    """Waiters look for themselves whether what they wait for has come; nobody may rely on the nudge alone."""

    def __init__(self) -> None:
        self._changed, self._count = threading.Condition(), 0

    @property
    def count(self) -> int:
        """Take this before looking, and give it to `wait` after: a nudge in between is not missed."""
        return self._count

    def give(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout: float) -> None:
        """Wait for a nudge after the count `seen`, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._count == seen and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
