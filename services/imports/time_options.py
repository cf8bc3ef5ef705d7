"""How a mapping names formats and zones of times; their meaning is in `local_times`."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.imports.tree import Node

_PROBE = datetime(2016, 12, 31, 23, 58, 59)  # noqa: DTZ001


def parse_formats(node: Node) -> tuple[str, ...]:
    """One pattern of strptime, `iso`, `epoch` or `epoch_ms`, or a list of them, tried in order."""
    nodes = node.items() if isinstance(node.value, list) else [node]
    if not nodes:
        raise node.error("mapping_missing_key", "at least one format is needed")
    return tuple(_format(item) for item in nodes)


def _format(node: Node) -> str:
    pattern = node.text()
    if pattern in ("iso", "epoch", "epoch_ms"):
        return pattern
    try:
        datetime.strptime(_PROBE.strftime(pattern), pattern)  # noqa: DTZ007
    except ValueError:
        raise node.error("mapping_unknown_format", "not a time format, such as %d/%m/%Y %H:%M") from None
    if "%Y" not in pattern and "%y" not in pattern:
        raise node.error("mapping_unknown_format", "a time format needs a year")
    return pattern


def parse_zone(node: Node) -> str:
    try:
        return ZoneInfo(node.text()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise node.error(
            "mapping_unknown_zone", "no such time zone; write it like Europe/Amsterdam"
        ) from None
