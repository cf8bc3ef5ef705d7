"""Positions as callers see them: an opaque, URL-safe text that says how far into each partition an answer must reach."""

from collections.abc import Iterable, Mapping


class BadPosition(ValueError):
    code = "bad_position"


def to_text(places: Iterable[tuple[int, int]]) -> str | None:
    """The text for records at these (partition, position); None for no places."""
    furthest: dict[int, int] = {}
    for partition, position in places:
        furthest[partition] = max(position, furthest.get(partition, -1))
    return "~".join(f"{p}.{furthest[p]}" for p in sorted(furthest)) or None


def from_text(text: str) -> Mapping[int, int]:
    """For each partition the position that must have been processed. Raises `BadPosition`."""
    try:
        parts = [part.split(".") for part in text.split("~")]
        found = {
            int(partition): int(position) for partition, position in parts if _plain(partition, position)
        }
    except ValueError:
        raise BadPosition(text[:0]) from None
    if len(found) != len(parts):
        raise BadPosition
    return found


def _plain(*numbers: str) -> bool:
    return all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers)
