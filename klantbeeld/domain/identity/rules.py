"""How many identifiers one identifier may be seen with before it counts as shared, and what counts as junk.

Limits are rows by type; a type is looked up as itself, as its family (`crm:*`), then as `*`, for the row and
within the row; the first row that has a fitting column decides, and nothing found or `None` means no limit.
The document form is a plain mapping, as YAML gives it:
`{"limits": {"phone": {"email": 3}}, "junk": {"values": {"phone": ["+31201234567"]}, "words": ["balie"]}}`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from klantbeeld.domain.identifiers import (
    EXCLUSIVE,
    FAMILIES,
    SHAREABLE,
    Strength,
    family,
    is_personal,
    rank,
    valid_type,
)
from klantbeeld.domain.identity.junk import JunkRules
from klantbeeld.domain.identity.sharing import Sharing
from klantbeeld.domain.problems import Invalid

Limit = int | None
Limits = Mapping[str, Mapping[str, Limit]]
HIGHEST: Final = 1_000_000_000
"""A limit above all counts there can be; PostgreSQL would not take any number."""

_EXCLUSIVE: Final = tuple(name for name in FAMILIES if rank(name.replace("*", "x")) == EXCLUSIVE)
_SHAREABLE: Final = tuple(name for name in FAMILIES if rank(name.replace("*", "x")) == SHAREABLE)


class BadRules(Invalid):
    """A rules document that cannot be used; `field` names the place in it."""

    def __init__(self, place: str, hint: str) -> None:
        super().__init__("bad_rules", place, hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The identity rules in force."""

    limits: Limits
    junk: JunkRules = field(default_factory=JunkRules)

    def limit(self, type: str, other: str) -> Limit:
        """How many distinct identifiers of `other` one of `type` may be seen with and be one person's."""
        for row in (type, family(type), "*"):
            limits = self.limits.get(row)
            if limits is None:
                continue
            for column in (other, family(other), "*"):
                if column in limits:
                    return limits[column]
        return None

    def sharing(self, type: str, around: Collection[tuple[str, Strength]]) -> Sharing:
        """What follows for an identifier of this type. What is verified to be somebody's cannot be made to look shared
        by whoever asserts it of others. `around`: for each identifier that standing evidence joins to it the type,
        and the strength of the best evidence.
        """
        if not self.is_shared(type, _counted(other for other, _ in around)):
            return Sharing.no
        verified = [other for other, strength in around if strength is Strength.verified]
        if self.is_shared(type, _counted(verified)):
            return Sharing.proven
        return Sharing.contested if any(map(is_personal, verified)) else Sharing.claimed

    def is_shared(self, type: str, neighbours: Mapping[str, int]) -> bool:
        """Whether these are above a limit: `neighbours` counts distinct identifiers by type."""
        for other, count in neighbours.items():
            limit = self.limit(type, other)
            if limit is not None and count > limit:
                return True
        return False


def _counted(types: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for type in types:
        counts[type] = counts.get(type, 0) + 1
    return counts


def _default_limits() -> dict[str, dict[str, Limit]]:
    """Two people merged by mistake do harm, one person in two pieces costs a link: so rather low."""
    one_person = dict.fromkeys(_EXCLUSIVE, 1)
    # A number or mailbox with two customer numbers is a household's or a company's. Without customer numbers,
    # people change phones more often than families use one number with several mailboxes. Orders, parcels and
    # visits pile up without limit.
    contact: dict[str, Limit] = {**one_person, **dict.fromkeys(_SHAREABLE, 3), "postal_address": 10}
    limits: dict[str, dict[str, Limit]] = {name: dict(contact) for name in _SHAREABLE}
    limits["email"] |= {"phone": 5, "whatsapp": 5, "device": 20}
    limits["phone"]["device"] = limits["whatsapp"]["device"] = 20
    # Whoever lives at an address is not one person: it never joins two of anything.
    limits["postal_address"] = {"*": 1}
    # An order is one buyer's; it may travel in many parcels, and a parcel may hold a few orders of one buyer.
    limits["order_number"] = {**contact, "order_number": 3, "tracking": 50, "anonymous": 10, "device": 3}
    limits["tracking"] = {**contact, "order_number": 3, "tracking": 3, "anonymous": 10, "device": 3}
    # A visit, call or case that nobody was known for is one person's, or else a kiosk's.
    limits["anonymous"] = {**one_person, "*": 3}
    # A number given out to one person; only a cash desk's or a test number is seen with a hundred mailboxes.
    # Two numbers of one kind are a conflict to be shown, not yet a sign of sharing, hence ten.
    exclusive: dict[str, Limit] = {**dict.fromkeys(_EXCLUSIVE, 10), **dict.fromkeys(_SHAREABLE, 100)}
    return limits | {name: dict(exclusive) for name in _EXCLUSIVE}


def default_rules() -> Rules:
    return Rules(limits=_default_limits())


def rules_from(document: Mapping[str, Any]) -> Rules:
    """The default rules with the document laid over them, column by column; else `BadRules`."""
    _only(document, {"limits", "junk"}, "rules")
    limits = _default_limits()
    for row, columns in _mapping(document.get("limits"), "limits").items():
        _known_type(row, "limits")
        laid_over = limits.setdefault(row, {})
        for column, limit in _mapping(columns, f"limits.{row}").items():
            _known_type(column, f"limits.{row}")
            laid_over[column] = _limit(limit, f"limits.{row}.{column}")
    return Rules(limits=limits, junk=_junk_from(_mapping(document.get("junk"), "junk")))


def _junk_from(document: Mapping[str, Any]) -> JunkRules:
    _only(document, {"values", "words"}, "junk")
    values = {}
    for type, listed in _mapping(document.get("values"), "junk.values").items():
        if not valid_type(type):
            raise BadRules("junk.values", f"unknown identifier type {type!r}")
        if texts := _texts(listed, f"junk.values.{type}"):
            values[type] = texts
    words = _texts(document.get("words", []), "junk.words")
    return JunkRules(values=values, words=frozenset(word.casefold() for word in words))


def _only(document: Mapping[str, Any], names: set[str], place: str) -> None:
    if surplus := sorted(map(str, set(document) - names)):
        raise BadRules(place, f"unknown key {surplus[0]!r}")


def _mapping(part: Any, place: str) -> Mapping[str, Any]:
    if part is None:
        return {}
    if not isinstance(part, Mapping) or not all(isinstance(key, str) for key in part):
        raise BadRules(place, "must map names to values")
    return part


def _texts(part: Any, place: str) -> frozenset[str]:
    if not isinstance(part, list) or not all(isinstance(one, str) for one in part):
        raise BadRules(place, "must be a list of texts")
    return frozenset(part)


def _limit(part: Any, place: str) -> Limit:
    if part is None or (isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= HIGHEST):
        return part
    raise BadRules(place, f"must be a whole number from 0 to {HIGHEST}, or null for no limit")


def _known_type(name: str, place: str) -> None:
    if name != "*" and name not in FAMILIES and not valid_type(name):
        raise BadRules(place, f"unknown identifier type {name!r}")
