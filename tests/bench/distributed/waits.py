"""How long transactions waited for one another's locks, as PostgreSQL itself tells: looked at from outside, so that the
time a statement takes for its work, or waits for a processor, does not count.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from klantbeeld.bootstrap import System

EVERY = 0.01
"""Seconds between two looks: a shorter wait may be missed, and is far below what is judged."""
WAITING = """
SELECT pid, waitstart, extract(epoch FROM clock_timestamp() - waitstart)::float
FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL AND pid <> pg_backend_pid()
"""


class Waits:
    """Seconds of each wait that was seen, by who waited since when."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[int, datetime], float] = {}

    def percentile(self, share: float, of: int) -> float:
        """Over `of` transactions, those that waited for nothing among them."""
        waited = sorted(self.seconds.values(), reverse=True)
        place = int(of * (1 - share))
        return round(waited[place], 4) if place < len(waited) else 0.0


@contextmanager
def watched(wiring: System) -> Iterator[Waits]:
    """Looks at the locks of the database for as long as the block lasts."""
    waits, over = Waits(), threading.Event()

    def look() -> None:
        connection = wiring.database.dedicated()
        try:
            while not over.wait(EVERY):
                for pid, since, seconds in connection.execute(WAITING):
                    waits.seconds[pid, since] = seconds
        finally:
            connection.close()

    thread = threading.Thread(target=look, name="waits", daemon=True)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
