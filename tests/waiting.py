"""Waiting in tests: for a condition, never for a time. No test lives here."""

import time
from collections.abc import Callable

POLL = 0.01


def until(
    condition: Callable[[], object],
    seconds: float = 30,
    told: Callable[[], str] = lambda: "the condition did not come true",
) -> None:
    """Until the condition holds; after so many seconds it fails, and says what `told` answers then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(POLL)
