"""Instants and due times: parsing, printing, bounds. Resolution is one microsecond; finer digits are cut off.

Nothing here reads a clock.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts after every instant that an event may carry."""


def to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with `Z`; the fraction is left out when it is zero."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def maybe_text(instant: datetime | None) -> str | None:
    return None if instant is None else to_text(instant)


def from_text(text: str) -> datetime:
    """An aware instant in UTC. Raises ValueError for anything without an offset or outside the bounds."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not EARLIEST <= found < LATEST:
        raise ValueError("not an instant with an offset between 1900 and 3000")
    return found.astimezone(UTC)


def due_instant(text: str, zone: str) -> datetime:
    """When something is due. A bare date means the last second of that day in `zone` (an IANA name)."""
    if len(text) > 10:
        return from_text(text)
    end_of_day = datetime.combine(date.fromisoformat(text), time(23, 59, 59), ZoneInfo(zone))
    return end_of_day.astimezone(UTC)
