"""Identifier types, their standing, and who owns an event. Normal forms of values live in `ingest`."""

import re
from collections.abc import Container, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Final

from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.values import value

EXCLUSIVE: Final = 0
SHAREABLE: Final = 1
ORDERED: Final = 2
NOBODY_YET: Final = 3

_RANKS: Final = {
    "customer_number": EXCLUSIVE,
    "crm:*": EXCLUSIVE,
    "account:*": EXCLUSIVE,
    "loyalty_card": EXCLUSIVE,
    "email": SHAREABLE,
    "phone": SHAREABLE,
    "whatsapp": SHAREABLE,
    "messenger": SHAREABLE,
    "instagram": SHAREABLE,
    "telegram": SHAREABLE,
    "social:*": SHAREABLE,
    "device": SHAREABLE,
    "postal_address": SHAREABLE,
    "order_number": ORDERED,
    "tracking": ORDERED,
    "anonymous": NOBODY_YET,
}
FAMILIES: Final = tuple(_RANKS)
_SUFFIX: Final = re.compile(r"[a-z0-9._-]{1,64}")


class BadIdentifier(Invalid):
    """An identifier that cannot be taken in; `code` says why. The value is never in the message."""


class Strength(IntEnum):
    """How sure a source is that the identifier is this person's."""

    weak = 0
    asserted = 1
    verified = 2


@value
class Identifier:
    """One way to recognise a person; `value` is raw or normalised, as whoever made it says."""

    type: str
    value: str
    strength: Strength = Strength.asserted


@lru_cache(maxsize=4096)
def family(type: str) -> str:
    """`crm:x` is of family `crm:*`, a plain type is its own family; `BadIdentifier` for unknown types."""
    name, colon, suffix = type.partition(":")
    found = f"{name}:*" if colon and _SUFFIX.fullmatch(suffix) else name if not colon else ""
    if found not in _RANKS:
        raise BadIdentifier("unknown_identifier_type")
    return found


def valid_type(type: str) -> bool:
    try:
        family(type)
    except BadIdentifier:
        return False
    return True


def rank(type: str) -> int:
    """Exclusive 0, shareable 1, order number and tracking 2, anonymous 3: the lower, the better an owner."""
    return _RANKS[family(type)]


def is_personal(type: str) -> bool:
    """Whether it stands for somebody, and not for an order, a parcel or a visit."""
    return rank(type) <= SHAREABLE


def is_exclusive(type: str) -> bool:
    """A person has one value of an exclusive type, and a value has one person."""
    return rank(type) == EXCLUSIVE


def choose_owner(identifiers: Sequence[Identifier], junk: Container[int] = frozenset()) -> int:
    """The index of the identifier under which the event is kept; `junk` holds the indexes of junk ones.

    A weak identifier owns only when nothing but weak and junk is there, a junk one only when all are junk.
    """
    if not identifiers:
        raise BadIdentifier("no_identifier")

    def standing(index: int) -> tuple[bool, bool, int, int, int]:
        one = identifiers[index]
        return index in junk, one.strength == Strength.weak, rank(one.type), -one.strength, index

    return min(range(len(identifiers)), key=standing)
