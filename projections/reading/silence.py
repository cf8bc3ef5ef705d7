"""Sources that usually speak and are silent: what they would have said is missing from every answer."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from klantbeeld.log.postgres.database import Connection
from projections.sources import SQL, expected

SURE: Final = 10.0
"""Events that should have come. At random, so many would all be late once in e^10 = 22,000 times (Poisson)."""
GLANCE: Final = timedelta(hours=1)
GOOD_FOR: Final = 15.0
"""Seconds for which an answer is good."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A source, and when it spoke last."""

    source: str
    since: datetime


@dataclass(slots=True)
class Silence:
    """Looks now and then. Safe for threads."""

    clock: Callable[[], datetime]
    _found: Sequence[Silent] = ()
    _looked_at: float = field(default=-GOOD_FOR)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, connection: Connection) -> Sequence[Silent]:
        """The sources that are silent, as far as this connection sees."""
        with self._lock:
            if time.monotonic() - self._looked_at >= GOOD_FOR:
                self._found = silent(connection, self.clock())
                self._looked_at = time.monotonic()
            return self._found


def silent(connection: Connection, now: datetime) -> Sequence[Silent]:
    quiet = [row for row in connection.execute(SQL["sources"]) if now - row[2] > GLANCE]
    found = []
    for source, first, last in quiet:
        counts: dict[int, int] = dict(connection.execute(SQL["hours_of"], {"source": source}).fetchall())
        if expected(first, last, counts, now) >= SURE:
            found.append(Silent(source, last))
    return sorted(found, key=lambda one: one.source)
