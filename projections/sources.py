"""When each source speaks: how many of its events were accepted in which hour of the week. From this follows its silence.

Each partition counts for itself, so that workers do not wait for one another; imported history says nothing about now.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from klantbeeld.domain.events.event import Event
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "sources.sql")
HOURS: Final = 168
"""Hours of a week; hour 0 begins on Monday at 00:00 UTC."""


def note(connection: Connection, events: Iterable[Event]) -> None:
    """Count what came in now."""
    told = [(event.order.source, event.partition, event.recorded_at) for event in events if not event.history]
    if not told:
        return
    places = sorted({(source, partition) for source, partition, _ in told})
    spans = {place: [at for *own, at in told if tuple(own) == place] for place in places}
    counts = Counter((source, partition, hour_of(at)) for source, partition, at in told)
    connection.execute(SQL["note_sources"], _spans(spans))
    connection.execute(SQL["note_hours"], _hours(counts))


def hour_of(at: datetime) -> int:
    """The hour of the week, 0 to 167."""
    return at.weekday() * 24 + at.hour


def expected(first: datetime, last: datetime, counts: dict[int, int], now: datetime) -> float:
    """How many events would usually have come since the last one.

    Each whole hour since `last` counts with the mean of the events in that hour of the week between `first` and `last`.
    Nothing is usual within the first week: then 0.
    """
    if last - first < timedelta(days=7):
        return 0.0
    seen = Counter({hour: _times(first, last, hour) for hour in counts})
    start = last.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    silent = min(int((now - start).total_seconds() // 3600), HOURS)
    hours = (hour_of(start + timedelta(hours=n)) for n in range(max(silent, 0)))
    return sum(counts[hour] / seen[hour] for hour in hours if hour in counts)


def _times(first: datetime, last: datetime, hour: int) -> int:
    """How often this hour of the week was between the two, begun or whole."""
    hours = int((last - first).total_seconds() // 3600) + 1
    return hours // HOURS + ((hour - hour_of(first)) % HOURS < hours % HOURS) or 1


def _spans(spans: dict[tuple[str, int], list[datetime]]) -> dict[str, list[object]]:
    return {
        "sources": [source for source, _ in spans],
        "partitions": [partition for _, partition in spans],
        "firsts": [min(times) for times in spans.values()],
        "lasts": [max(times) for times in spans.values()],
    }


def _hours(counts: Counter[tuple[str, int, int]]) -> dict[str, list[object]]:
    ordered = sorted(counts)
    return {
        "sources": [source for source, _, _ in ordered],
        "partitions": [partition for _, partition, _ in ordered],
        "hours": [hour for _, _, hour in ordered],
        "counts": [counts[one] for one in ordered],
    }
