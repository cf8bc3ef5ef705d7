"""Constraints on a field of event data, written once as an annotation.

The same marker checks a value (`check`) and describes itself in JSON Schema (`schema`), so the two cannot drift.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Protocol, Union, get_args, get_origin, get_type_hints

from klantbeeld.domain import times
from klantbeeld.domain.problems import Invalid


class Marker(Protocol):
    def check(self, value: Any, field: str) -> None: ...
    def schema(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Key:
    """A short text that names something: 1 to `longest` characters, no control characters."""

    longest: int = 255

    def check(self, value: str, field: str) -> None:
        if not value:
            raise Invalid("empty_value", field)
        if len(value) > self.longest:
            raise Invalid("too_long", field, f"at most {self.longest} characters")
        if not value.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise Invalid("control_character", field)

    def schema(self) -> Mapping[str, Any]:
        return {"minLength": 1, "maxLength": self.longest, "pattern": "^[^\\u0000-\\u001f\\u007f]*$"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text of a fixed form. `code` is the reason given when it does not match."""

    pattern: str
    code: str

    def check(self, value: str, field: str) -> None:
        if not _compiled(self.pattern).fullmatch(value):
            raise Invalid(self.code, field)

    def schema(self) -> Mapping[str, Any]:
        return {"pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class InstantBounds:
    """An instant with an offset, from 1900 up to 3000."""

    def check(self, value: datetime, field: str) -> None:
        if value.tzinfo is None:
            raise Invalid("missing_offset", field)
        if not times.EARLIEST <= value < times.LATEST:
            raise Invalid("time_out_of_range", field)

    def schema(self) -> Mapping[str, Any]:
        return {"format": "date-time"}


@dataclass(frozen=True, slots=True)
class DueText:
    """An instant with an offset, or a bare date that means the end of that day."""

    def check(self, value: str, field: str) -> None:
        try:
            times.due_instant(value, "UTC")
        except (ValueError, OverflowError):
            raise Invalid("bad_due_time", field) from None

    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"format": "date-time"}, {"format": "date"}]}


@dataclass(frozen=True, slots=True)
class Items:
    """How many items a list holds."""

    least: int = 0
    most: int = 1000

    def check(self, value: tuple[Any, ...], field: str) -> None:
        if len(value) < self.least:
            raise Invalid("missing_field", field)
        if len(value) > self.most:
            raise Invalid("too_many_items", field, f"at most {self.most}")

    def schema(self) -> Mapping[str, Any]:
        return {"minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Range:
    least: float
    most: float

    def check(self, value: float, field: str) -> None:
        if not self.least <= value <= self.most:
            raise Invalid("out_of_range", field, f"{self.least} to {self.most}")

    def schema(self) -> Mapping[str, Any]:
        return {"minimum": self.least, "maximum": self.most}


Id = Annotated[str, Key()]
Word = Annotated[str, Key(longest=128)]
Line = Annotated[str, Key(longest=2000)]
Instant = Annotated[datetime, InstantBounds()]
Due = Annotated[str, DueText()]
Amount = Annotated[str, Pattern(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", "bad_amount")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}", "bad_currency")]
LanguageTag = Annotated[str, Pattern(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "bad_language")]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@cache
def checks_of(cls: type) -> tuple[tuple[str, Callable[[Any, str], None]], ...]:
    """The (field name, check) pairs that the annotations of a dataclass ask for."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple((field.name, m.check) for field in fields(cls) for m in markers_in(hints[field.name]))


def markers_in(hint: Any) -> tuple[Marker, ...]:
    """Markers of a hint, looking through `| None` but not into containers."""
    if get_origin(hint) is Annotated:
        return tuple(m for m in get_args(hint)[1:] if hasattr(m, "check"))
    if get_origin(hint) in (Union, UnionType):
        return tuple(m for part in get_args(hint) for m in markers_in(part))
    return ()


class _Trust(threading.local):
    given = False


_trust = _Trust()


@contextmanager
def trusted() -> Iterator[None]:
    """For events that were checked when they were accepted: in this thread nothing is checked again."""
    before, _trust.given = _trust.given, True
    try:
        yield
    finally:
        _trust.given = before


class Checked:
    """A dataclass whose annotated constraints are checked whenever one is made. Raises `Invalid`."""

    __slots__ = ()

    def __post_init__(self) -> None:
        if _trust.given:
            return
        cls: type = type(self)
        for name, check in checks_of(cls):
            value = getattr(self, name)
            if value is not None:
                check(value, name)
