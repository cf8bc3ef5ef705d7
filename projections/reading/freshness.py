"""How fresh an answer is, and waiting until it is fresh enough."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from klantbeeld.domain import times
from klantbeeld.log.postgres.database import Connection, Database
from klantbeeld.log.sql import load
from klantbeeld.signal import Signal
from projections.reading.problems import NotYetVisible
from projections.reading.silence import Silent

SQL = load(__package__, "queries.sql")
LONGEST_WAIT: Final = 5.0
POLL: Final = 0.05
BEHIND: Final = timedelta(seconds=10)
"""More than a moment: a worker is down, or overrun."""
MOMENT: Final = timedelta(microseconds=1)
Resolve = Callable[[Mapping[int, int]], Mapping[int, int] | None]


def freshness(connection: Connection, tokens: Iterable[str], silent: Iterable[Silent] = ()) -> dict[str, Any]:
    """`as_of`: everything recorded up to then is in the answer. `lag_ms`: how long the oldest missing record waits.

    `incomplete` names what is missing for longer: silent sources, dead letters of these tokens, a worker far behind.
    The connection must be on the same snapshot as the answer.
    """
    row = connection.execute(SQL["freshness"], {"tokens": list(tokens)}).fetchone()
    assert row
    done, end, waiting_since, now, dead_since, complete_at, told_lag = row
    behind = (done or 0) < end and waiting_since is not None
    as_of = waiting_since - MOMENT if behind else complete_at
    lag = max(now - waiting_since, timedelta()) if behind else timedelta(milliseconds=told_lag)
    incomplete = [_incomplete(one.source, one.since, "silent") for one in silent]
    if dead_since:
        incomplete.append(_incomplete("klantbeeld:dead_letters", dead_since, "dead_letters"))
    if lag > BEHIND:
        incomplete.append(_incomplete("klantbeeld:timeline", as_of, "behind"))
    return {
        "as_of": times.to_text(as_of),
        "lag_ms": round(lag.total_seconds() * 1000),
        "incomplete": incomplete,
    }


def known_until(connection: Connection) -> datetime:
    """Everything recorded up to this moment has been processed."""
    return times.from_text(freshness(connection, [])["as_of"])


def wait_for(
    database: Database,
    moved: Signal,
    wanted: Mapping[int, int],
    processor: str = "timeline",
    timeout: float = LONGEST_WAIT,
    resolve: Resolve = lambda wanted: wanted,
) -> None:
    """Wait until every partition has been processed past the wanted position. Raises `NotYetVisible`.

    `resolve` gives the places in the log of what was accepted without one; None while it has none.
    """
    deadline = time.monotonic() + timeout
    while True:
        seen = moved.count
        places = resolve(wanted)
        with database.connection() as connection:
            rows = connection.execute(SQL["positions"], {"processor": processor}).fetchall()
        reached: dict[int, int] = dict(rows)
        if places is not None and all(reached.get(at, 0) > position for at, position in places.items()):
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotYetVisible
        moved.wait(seen, min(left, POLL))


def _incomplete(source: str, since: datetime, reason: str) -> dict[str, Any]:
    return {"source": source, "since": times.to_text(since), "reason": reason}
