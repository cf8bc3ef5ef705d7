"""The book that a story is written in: one source of chance, one moment called now, and every event so far.

Here are numbering, times and the envelope of an event. What happens to whom is told elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
Event = dict[str, Any]
Data = dict[str, Any]

ZONE = ZoneInfo("Europe/Amsterdam")
HISTORY_AFTER = timedelta(days=1)
_FIRST_NUMBER = 40001


def stamp(at: datetime) -> str:
    """`at` as the log answers it: RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_clock(day: datetime, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """The moment when clocks in Amsterdam show this time on the local date of `day`."""
    local = datetime.combine(day.astimezone(ZONE).date(), time(hour, minute, second), ZONE)
    return local.astimezone(UTC)


def end_of_day(day: datetime) -> datetime:
    """The last second of the local date of `day`."""
    return at_clock(day, 23, 59, 59)


@dataclass(slots=True)
class Book:
    """Collects events; one that lies after now has not happened yet and is left out."""

    rng: Random
    now: datetime
    events: list[Event] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)

    def number(self, system: str) -> str:
        """The next entity id of `system`, as `<system>:<number>`."""
        return f"{system}:{self.serial(system)}"

    def serial(self, system: str) -> int:
        self._numbers[system] += 1
        return _FIRST_NUMBER + self._numbers[system]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.random() * len(choices))]

    def minutes(self, low: float, high: float) -> timedelta:
        return timedelta(seconds=int(60 * (low + self.rng.random() * (high - low))))

    def days_back(self, days: float, hours: tuple[int, int] = (8, 21)) -> datetime:
        """A moment on the local date `days` before now, between two hours; never after now."""
        day = self.now - timedelta(days=days)
        at = at_clock(day, hours[0]) + self.minutes(0, 60 * (hours[1] - hours[0]))
        return at if at < self.now else self.now - self.minutes(3, 600)

    def daytime(self, at: datetime, first: int = 8, last: int = 21) -> datetime:
        """`at`, or soon after the next opening; as it is when that has yet to come."""
        hour = at.astimezone(ZONE).hour
        if first <= hour < last:
            return at
        opens = at_clock(at + timedelta(days=1) if hour >= last else at, first) + self.minutes(2, 150)
        return opens if opens < self.now else at

    def some_day(self, reach: float = 360, lean: float = 1.6) -> datetime:
        """A moment in the last `reach` days; the larger `lean`, the more of them are recent."""
        return self.days_back(reach * self.rng.random() ** lean)

    def write(
        self,
        source: str,
        name: str,
        at: datetime,
        data: Data,
        *,
        event_id: str | None = None,
        sequence: int | None = None,
        thread: str | None = None,
    ) -> bool:
        """Write one event; answers whether it has happened by now."""
        if at > self.now:
            return False
        event: Event = {
            "specversion": "1.0",
            "id": event_id or f"{name.replace('.', '-')}-{self.serial(source)}",
            "source": source,
            "type": f"klantbeeld.{name}",
            "time": stamp(at),
            "datacontenttype": "application/json",
            "data": data,
        }
        if sequence is not None:
            event["sequence"] = sequence
        if thread is not None:
            event["correlationid"] = thread
        if self.now - at > HISTORY_AFTER:
            event["history"] = True
        self.events.append(event)
        return True
