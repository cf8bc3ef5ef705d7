"""Positions as callers see them: an opaque, URL-safe text that says how far into each partition an answer must reach.

`0.17~3.4` is position 17 of partition 0 and position 4 of partition 3. `s.9` is number 9 of the spool: a record that was
accepted and has no place in the log yet.
"""

from collections.abc import Iterable, Mapping
from typing import Final

SPOOL: Final = -1
"""What stands for the partition of records in the spool."""
_SPOOL_TEXT: Final = "s"


class BadPosition(ValueError):
    code = "bad_position"


def to_text(places: Iterable[tuple[int, int]]) -> str | None:
    """The text for records at these (partition, position); None for no places."""
    furthest: dict[int, int] = {}
    for partition, position in places:
        furthest[partition] = max(position, furthest.get(partition, -1))
    return "~".join(f"{_name(p)}.{furthest[p]}" for p in sorted(furthest)) or None


def from_text(text: str) -> Mapping[int, int]:
    """For each partition the position that must have been processed. Raises `BadPosition`."""
    try:
        parts = [part.split(".") for part in text.split("~")]
        found = {
            _partition(name): int(position) for name, position in parts if _plain(_digits(name), position)
        }
    except ValueError:
        raise BadPosition(text[:0]) from None
    if len(found) != len(parts):
        raise BadPosition
    return found


def _name(partition: int) -> str:
    return _SPOOL_TEXT if partition == SPOOL else str(partition)


def _partition(name: str) -> int:
    return SPOOL if name == _SPOOL_TEXT else int(name)


def _digits(name: str) -> str:
    return "0" if name == _SPOOL_TEXT else name


def _plain(*numbers: str) -> bool:
    return all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers)
