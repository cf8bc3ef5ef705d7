"""Local times of a source into UTC: which formats, which zone, and what a clock change does.

Order is never turned round: of two local times the later one is never the earlier instant. A time that the
clock skips (spring) is the moment of the jump. A time that it shows twice (autumn) is the first of the two,
or the second if asked.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

REMEMBERED_TEXTS = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMERIC = {
    "Y": r"(\d{4})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "M": r"(\d{1,2})",
    "S": r"(\d{1,2})",
}
_PARTS = "YmdHMS"

Parser = Callable[[str], datetime]


def parser_of(pattern: str) -> Parser:
    """For a pattern of `strptime`, or `iso`, `epoch` (seconds) or `epoch_ms`. It raises ValueError for other
    texts."""
    if pattern == "iso":
        return datetime.fromisoformat
    if pattern in ("epoch", "epoch_ms"):
        unit = timedelta(seconds=1) if pattern == "epoch" else timedelta(milliseconds=1)
        return lambda text: _EPOCH + float(text) * unit
    if pattern == "%Y-%m-%d %H:%M:%S":
        return _of_fixed_width
    return _numeric_parser(pattern) or (lambda text: datetime.strptime(text, pattern))  # noqa: DTZ007


def _of_fixed_width(text: str) -> datetime:
    if len(text) != 19 or text[10] != " ":
        raise ValueError("not this format")
    return datetime.fromisoformat(text)


def _numeric_parser(pattern: str) -> Parser | None:
    """As strptime reads it, several times faster; None for a pattern with names, zones or fractions."""
    order: list[str] = []
    expression = ""
    for piece in re.findall(r"%.|[^%]", pattern):
        if piece[0] != "%":
            expression += re.escape(piece)
        elif piece[1] in _NUMERIC and piece[1] not in order:
            order.append(piece[1])
            expression += _NUMERIC[piece[1]]
        else:
            return None
    if not {"Y", "m", "d"} <= set(order):
        return None
    match = re.compile(expression, re.ASCII).fullmatch
    groups = tuple(order.index(part) + 1 if part in order else 0 for part in _PARTS)

    def parse(text: str) -> datetime:
        found = match(text)
        if found is None:
            raise ValueError("not this format")
        year, month, day, hour, minute, second = (int(found[group]) if group else 0 for group in groups)
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001

    return parse


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFormat:
    """How a source writes times. `second_hour`: a time that stands twice on the clock is the later one."""

    patterns: tuple[str, ...]
    zone: str
    second_hour: bool = False


class TimeReader:
    """Texts to RFC 3339 in UTC, remembered, because exports repeat their times."""

    def __init__(self, form: TimeFormat) -> None:
        self._parsers: Sequence[Parser] = tuple(map(parser_of, form.patterns))
        self._zone, self._second = ZoneInfo(form.zone), form.second_hour
        self.texts: dict[str, str] = {}
        self._offsets: dict[int, timedelta | None] = {}

    def __call__(self, text: str) -> str:
        """Raises ValueError when no format fits."""
        known = self.texts.get(text)
        if known is None:
            if len(self.texts) >= REMEMBERED_TEXTS:
                self.texts.clear()
            known = self.texts[text] = self.instant(text).isoformat() + "Z"
        return known

    def date(self, text: str) -> str:
        """The calendar date that stands there, whatever the zone."""
        return self._parse(text).date().isoformat()

    def instant(self, text: str) -> datetime:
        """Naive, in UTC."""
        found = self._parse(text)
        try:
            if found.tzinfo is not None:
                return found.astimezone(UTC).replace(tzinfo=None)
            offset = self._offsets.get(found.toordinal()) or self._offset_of(found)
            return to_utc(found, self._zone, self._second) if offset is None else found - offset
        except OverflowError as error:
            raise ValueError("outside the calendar") from error

    def _parse(self, text: str) -> datetime:
        for parse in self._parsers:
            try:
                return parse(text)
            except (ValueError, OverflowError):
                continue
        raise ValueError("no format fits")

    def _offset_of(self, local: datetime) -> timedelta | None:
        """The one offset of that day; None on a day with a clock change."""
        day = local.toordinal()
        if day not in self._offsets:
            self._offsets[day] = _steady_offset(date.fromordinal(day), self._zone)
        return self._offsets[day]


def _steady_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {
        (start + step * timedelta(hours=1)).replace(fold=fold).utcoffset()
        for step in range(25)
        for fold in (0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None


def to_utc(local: datetime, zone: ZoneInfo, second_hour: bool = False) -> datetime:
    """Naive UTC of a naive local time, as the module says for clock changes."""
    before, after = (_shifted(local, zone, fold) for fold in (0, 1))
    if before <= after:
        return after if second_hour else before
    return _jump_between(after, before, zone)


def _shifted(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    offset = local.replace(tzinfo=zone, fold=fold).utcoffset()
    return local - (offset or timedelta())


def _jump_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (low, high] at which the offset of `high` holds: when the clock jumped."""
    new = high.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.replace(tzinfo=UTC).astimezone(zone).utcoffset() == new:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
