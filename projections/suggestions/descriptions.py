"""People in the form in which they are compared: folded, without prefixes, with whatever they can be reached by.

Every field may be missing. Nothing here is stored: rows hold keyed hashes of these values only.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from klantbeeld.domain.events.customers import Address, Name
from klantbeeld.domain.profiles import ProfileState
from klantbeeld.domain.values import value
from projections.search.folding import fold, words

MOST_PLACES: Final = 3
MOST_CONTACTS: Final = 5
# fmt: off
PREFIXES: Final = frozenset({
    "aan", "af", "al", "bij", "d", "da", "de", "del", "den", "der", "di", "do", "dos", "du", "el", "het", "in", "l",
    "la", "las", "le", "les", "los", "s", "t", "te", "ten", "ter", "tot", "uit", "van", "vande", "vanden", "vander",
    "voor", "vom", "von", "vor", "zu", "zum", "zur",
})
# fmt: on
"""Words that stand before a family name without saying whose it is; sources leave them out, or put them elsewhere."""

_DIGITS: Final = re.compile(r"\d+")
_LEGAL_FORMS: Final = frozenset(
    {"bv", "b", "v", "nv", "n", "vof", "o", "f", "ltd", "inc", "gmbh", "sa", "co"}
)


@value
class Place:
    """One address. `lines` holds the street and whatever else is written there, each as one folded word."""

    city: str = ""
    postal_code: str = ""
    lines: tuple[str, ...] = ()
    number: str = ""


@value
class Description:
    """One person as a source describes them. Texts are folded and without spaces; empty means not known."""

    given: str = ""
    family: str = ""
    birth: date | None = None
    places: tuple[Place, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    company: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.given, self.family) if name)

    def terms(self) -> list[tuple[str, str]]:
        """Each field with a value of it, for counting how common that value is."""
        found = [(field, text) for field, text in self._single() if text]
        if self.birth:
            found.append(("birth", self.birth.isoformat()))
        found += [("email", one) for one in self.emails] + [("phone", one) for one in self.phones]
        for place in self.places:
            found += [("city", place.city)] * bool(place.city)
            found += [("postal_code", place.postal_code)] * bool(place.postal_code)
            found += [("street", line) for line in place.lines]
        return list(dict.fromkeys(found))

    def _single(self) -> Iterable[tuple[str, str]]:
        return ("given", self.given), ("family", self.family), ("company", self.company)


def describe(profile: ProfileState, contacts: Iterable[tuple[str, str]] = ()) -> Description | None:
    """What a profile and the identifiers around it say of a person; None where that is too little to compare.

    `contacts`: types and normalised values of identifiers, however weakly they were stated.
    """
    given, family = _names(profile.name[0].value if profile.name else None)
    reached = sorted(set(contacts))
    found = Description(
        given=given,
        family=family,
        birth=profile.birth_date[0].value if profile.birth_date else None,
        places=tuple(dict.fromkeys(filter(None, map(_place, _addresses(profile))))),
        emails=tuple(text for type_, text in reached if type_ == "email")[:MOST_CONTACTS],
        phones=tuple(dict.fromkeys(_number(text) for type_, text in reached if type_ != "email"))[
            :MOST_CONTACTS
        ],
        company=_company(profile.company[0].value) if profile.company else "",
    )
    return found if found.names or found.company or found.birth else None


def without_prefixes(family: Sequence[str]) -> Sequence[str]:
    """The words of a family name from the first that is no prefix; all of them where there is no such word."""
    for place, word in enumerate(family):
        if word not in PREFIXES:
            return family[place:]
    return family


def _names(name: Name | None) -> tuple[str, str]:
    if name is None:
        return "", ""
    given, family = words(name.given or ""), words(name.family or "")
    if len(given) > 1 and not family:  # the whole name in one field
        given, family = given[:1], given[1:]
    return "".join(given), "".join(without_prefixes(family))


def _addresses(profile: ProfileState) -> Sequence[Address]:
    return profile.addresses[0].value[:MOST_PLACES] if profile.addresses else ()


def _place(address: Address) -> Place | None:
    texts = (address.street or "", *address.lines)
    lines = tuple(dict.fromkeys(filter(None, ("".join(words(text)) for text in texts))))
    number = _DIGITS.search(address.number or "")
    found = Place(
        city="".join(words(address.city or "")),
        postal_code="".join(words(address.postal_code or "")),
        lines=lines,
        number=number[0] if number else "",
    )
    return found if found != Place() else None


def _number(phone: str) -> str:
    """The last nine digits: alike whether written with a country code or as dialled at home."""
    return "".join(_DIGITS.findall(phone.partition(";")[0]))[-9:] or fold(phone)


def _company(name: str) -> str:
    told = [word for word in words(name) if word not in _LEGAL_FORMS]
    return "".join(told or words(name))
