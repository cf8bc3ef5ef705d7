"""Which people are worth comparing: those that share a blocking key.

A key is a part of a description that two records of one person likely have alike in spite of a typing error elsewhere.
Every single error leaves some key alone; a key that too many people share says nothing, and its block is left out.
"""

import re
from collections.abc import Iterator
from typing import Final

from projections.suggestions.descriptions import Description, Place

LARGEST_BLOCK: Final = 30
"""People. With the number of keys of a person this bounds the comparisons that one change can cause."""

_SOUNDS: Final = (("sch", "s"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("ck", "k"), ("ij", "i"))
_ALIKE: Final = str.maketrans("cqzvyw", "kksfif", "aeiouh")
_RUNS: Final = re.compile(r"(.)\1+")


def skeleton(name: str) -> str:
    """The consonants as they sound, each once in a row: `schmidt` and `smit` are one. A word of vowels stays itself."""
    sounded = name
    for written, spoken in _SOUNDS:
        sounded = sounded.replace(written, spoken)
    bare = _RUNS.sub(r"\1", sounded.translate(_ALIKE).replace("i", ""))
    return bare or name


def keys(one: Description) -> list[str]:
    """The blocking keys, each once, in one order. Given and family name stand on equal terms: sources swap them."""
    names = sorted({skeleton(name) for name in one.names if len(name) > 1})
    found = [f"name {' '.join(names)}"] if len(names) > 1 else []
    found += _born(one, names)
    for email in one.emails:
        local, _, domain = email.rpartition("@")
        found += [f"email {email}", f"local {local}", f"domain {domain}"]
    found += [f"phone {phone}" for phone in one.phones]
    for place in one.places:
        found += _living(place, names)
    if one.company:
        found += [f"company {name} {skeleton(one.company)}" for name in names or [""]]
    return list(dict.fromkeys(found))


def _born(one: Description, names: list[str]) -> Iterator[str]:
    if one.birth is None:
        return
    year, low, high = one.birth.year, *sorted((one.birth.day, one.birth.month))
    yield f"birth {year} {low} {high}"
    for name in names:
        yield f"year {year} {name}"
        yield f"day {low} {high} {name}"
    for city in {skeleton(place.city) for place in one.places if place.city}:
        yield f"month {year} {one.birth.month} {city}"


def _living(place: Place, names: list[str]) -> Iterator[str]:
    if place.postal_code and place.number:
        yield f"door {place.postal_code} {place.number}"
    for line in place.lines[:2]:
        if place.number:
            yield f"street {skeleton(line)} {place.number}"
    for name in names:
        if place.postal_code:
            yield f"postal {place.postal_code} {name}"
        if place.city:
            yield f"city {skeleton(place.city)} {name}"
