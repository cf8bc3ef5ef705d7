"""How fresh an answer is, and waiting until it is fresh enough."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from klantbeeld.domain import times
from klantbeeld.log.postgres.database import Connection, Database
from klantbeeld.log.sql import load
from klantbeeld.signal import Signal
from projections.reading.problems import NotYetVisible

SQL = load(__package__, "queries.sql")
LONGEST_WAIT: Final = 5.0
POLL: Final = 0.05
MOMENT: Final = timedelta(microseconds=1)


def freshness(connection: Connection, tokens: Iterable[str]) -> dict[str, Any]:
    """`as_of`: everything recorded up to then is in the answer. `lag_ms`: how long the oldest missing record waits.

    The connection must be on the same snapshot as the answer.
    """
    row = connection.execute(SQL["freshness"], {"tokens": list(tokens)}).fetchone()
    assert row
    done, end, waiting_since, now, dead_since, complete_at = row
    behind = (done or 0) < end and waiting_since is not None
    as_of = waiting_since - MOMENT if behind else complete_at
    lag = max(now - waiting_since, timedelta()) if behind else timedelta()
    incomplete = [_incomplete("klantbeeld:dead_letters", dead_since, "dead_letters")] if dead_since else []
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
) -> None:
    """Wait until every partition has been processed past the wanted position. Raises `NotYetVisible`."""
    deadline = time.monotonic() + timeout
    while True:
        seen = moved.count
        with database.connection() as connection:
            rows = connection.execute(SQL["positions"], {"processor": processor}).fetchall()
        reached: dict[int, int] = dict(rows)
        if all(reached.get(partition, 0) > position for partition, position in wanted.items()):
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotYetVisible
        moved.wait(seen, min(left, POLL))


def _incomplete(source: str, since: datetime, reason: str) -> dict[str, Any]:
    return {"source": source, "since": times.to_text(since), "reason": reason}
