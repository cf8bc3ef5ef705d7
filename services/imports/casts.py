"""What the text of one cell may be read as. A cell that does not fit raises `BadCell` with a stable code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.imports.local_times import TimeFormat, TimeReader
from services.imports.problems import BadCell

CASTS = ("line", "text", "integer", "number", "amount", "flag", "time", "date")

_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "ja", "j"), True),
    **dict.fromkeys(("false", "no", "n", "0", "nee"), False),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """`decimal` is the source's decimal sign; `cut` the number of characters that a text may keep."""

    times: TimeFormat
    decimal: str = "."
    cut: int | None = None


def cast_of(word: str, casting: Casting, column: str) -> Callable[[str], Any] | None:
    """None when the text stays as it is."""
    if word in ("line", "text"):
        return _cutter(casting.cut) if casting.cut else None
    reader = _reader_of(casting.times)
    makers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "integer": ("bad_number", _integer),
        "number": ("bad_number", lambda text: float(_plain_number(text, casting.decimal))),
        "amount": ("bad_number", lambda text: _plain_number(text, casting.decimal)),
        "flag": ("bad_flag", lambda text: _FLAGS[text.lower()]),
        "time": ("bad_time", reader),
        "date": ("bad_time", reader.date),
    }
    code, convert = makers[word]

    known = reader.texts if word == "time" else {}

    def cast(text: str) -> Any:
        if text in known:
            return known[text]
        try:
            return convert(text)
        except (ValueError, KeyError):
            raise BadCell(code, column) from None

    return cast


@lru_cache(maxsize=8)
def _reader_of(form: TimeFormat) -> TimeReader:
    """One for all columns written alike: a row often says the same time more than once."""
    return TimeReader(form)


def _cutter(cut: int) -> Callable[[str], str]:
    return lambda text: text[:cut]


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)


def _plain_number(text: str, decimal: str) -> str:
    """Digits with a point, as a text: thousands signs go, the source's decimal sign becomes a point."""
    thousands = "." if decimal == "," else ","
    plain = text.replace(thousands, "").replace(decimal, ".").removeprefix("+")
    if not _NUMBER.fullmatch(plain):
        raise ValueError("not a number")
    return plain
