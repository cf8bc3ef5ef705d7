"""How far two values of a field agree, in levels, each with what it is worth.

The similarity of words is by Jaro and Winkler (W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in
the Fellegi-Sunter Model of Record Linkage", 1990) and by the number of letters inserted, left out, replaced or swapped.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from klantbeeld.domain.values import value

RESEMBLES: Final = 0.88
LONG: Final = 5
"""Letters from which on two errors in one word are likelier than two words."""


@value
class Level:
    """`m`: the share of pairs of one person that agree so far; `u`: that of pairs of two people, apart from `scale` times
    the share of people who have the value.
    """

    m: float
    u: float = 0.0
    scale: float = 0.0


SAME, LETTER, ALIKE, PART, OTHER = "same", "letter", "alike", "part", "other"
TURNED, DIGIT, TWO_PARTS, CLOSE, LOCAL = "turned", "digit", "two_parts", "close", "local"

LEVELS: Final[Mapping[str, Mapping[str, Level]]] = {
    "given": {
        SAME: Level(m=0.72, scale=1),
        LETTER: Level(m=0.08, u=0.0015, scale=2),
        ALIKE: Level(m=0.06, u=0.006, scale=2),
        PART: Level(m=0.05, u=0.02, scale=4),
        OTHER: Level(m=0.09, u=0.95),
    },
    "family": {
        SAME: Level(m=0.75, scale=1),
        LETTER: Level(m=0.08, u=0.001, scale=2),
        ALIKE: Level(m=0.06, u=0.005, scale=2),
        PART: Level(m=0.03, u=0.003, scale=2),
        OTHER: Level(m=0.08, u=0.97),
    },
    "birth": {
        SAME: Level(m=0.75, scale=1),
        TURNED: Level(m=0.03, u=0.00005, scale=1),
        DIGIT: Level(m=0.10, u=0.0018),
        TWO_PARTS: Level(m=0.05, u=0.004),
        CLOSE: Level(m=0.03, u=0.03),
        OTHER: Level(m=0.04, u=0.96),
    },
    "city": {
        SAME: Level(m=0.70, scale=1),
        ALIKE: Level(m=0.12, u=0.004, scale=2),
        OTHER: Level(m=0.18, u=0.95),
    },
    "postal_code": {
        SAME: Level(m=0.70, scale=1),
        DIGIT: Level(m=0.10, u=0.004),
        OTHER: Level(m=0.20, u=0.99),
    },
    "street": {
        SAME: Level(m=0.65, scale=1),
        ALIKE: Level(m=0.15, u=0.002, scale=2),
        OTHER: Level(m=0.20, u=0.99),
    },
    "number": {
        SAME: Level(m=0.75, u=0.025),
        DIGIT: Level(m=0.10, u=0.15),
        OTHER: Level(m=0.15, u=0.82),
    },
    "email": {
        SAME: Level(m=0.60, scale=1),
        LETTER: Level(m=0.08, u=0.00005, scale=1),
        ALIKE: Level(m=0.06, u=0.0003, scale=1),
        LOCAL: Level(m=0.06, u=0.0015),
        OTHER: Level(m=0.20, u=0.998),
    },
    "phone": {
        SAME: Level(m=0.65, scale=1),
        DIGIT: Level(m=0.05, u=0.0005),
        OTHER: Level(m=0.30, u=0.999),
    },
    "company": {
        SAME: Level(m=0.65, scale=1),
        ALIKE: Level(m=0.15, u=0.002, scale=2),
        OTHER: Level(m=0.20, u=0.99),
    },
}
"""Sensible shares for customer records typed by people, the same for every installation. They were not learned from
records whose answers are known; how common a value is comes from the installation's own records.
"""


def names(one: str, other: str) -> str:
    """Of two given names, or two family names."""
    if one == other:
        return SAME
    short, long = sorted((one, other), key=len)
    if len(short) <= 2:
        return PART if long.startswith(short[0]) else OTHER
    edits = _edits(one, other)
    if edits == 1:
        return LETTER
    if long.startswith(short) or (long.endswith(short) and len(short) > 3):
        return PART
    return ALIKE if _resemble(one, other, edits) else OTHER


def births(one: date, other: date) -> str:
    """Day and month turned round, one digit typed wrong or two turned round, two of three parts right, a year apart."""
    if one == other:
        return SAME
    same = (one.year == other.year, one.month == other.month, one.day == other.day)
    if same[0] and (one.day, one.month) == (other.month, other.day):
        return TURNED
    if _edits(one.isoformat(), other.isoformat()) == 1:
        return DIGIT
    if sum(same) == 2:
        return TWO_PARTS
    return CLOSE if abs((one - other).days) <= 400 else OTHER


def texts(one: str, other: str) -> str:
    """Of streets, cities and companies."""
    if one == other:
        return SAME
    return ALIKE if _resemble(one, other, _edits(one, other)) else OTHER


def digits(one: str, other: str) -> str:
    """Of house numbers, postal codes and phone numbers."""
    if one == other:
        return SAME
    return DIGIT if _edits(one, other) == 1 else OTHER


def emails(one: str, other: str) -> str:
    if one == other:
        return SAME
    edits = _edits(one, other)
    if edits == 1:
        return LETTER
    mine, theirs = one.rpartition("@")[0], other.rpartition("@")[0]
    if len(mine) > LONG and mine == theirs:
        return LOCAL
    return ALIKE if edits <= 3 and min(len(one), len(other)) >= 3 * LONG else OTHER


COMPARED: Final[Mapping[str, Callable[[str, str], str]]] = {
    "given": names,
    "family": names,
    "city": texts,
    "street": texts,
    "company": texts,
    "postal_code": digits,
    "number": digits,
    "phone": digits,
    "email": emails,
}


def _edits(one: str, other: str) -> int:
    """Letters inserted, left out, replaced, or swapped with the next; 4 stands for all from 4."""
    return OSA.distance(one, other, score_cutoff=3)


def _resemble(one: str, other: str, edits: int) -> bool:
    if edits <= 2 and min(len(one), len(other)) >= LONG:
        return True
    return JaroWinkler.similarity(one, other) >= RESEMBLES
