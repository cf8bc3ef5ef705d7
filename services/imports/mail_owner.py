"""Who a mail is from and to, and which of them is the customer. Addresses are taken, never normalised:
ingest does that."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\ufffd]+@[^\s@<>(),;:\"\ufffd]+")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\([^()]*\)")
_BRACKETED = re.compile(r"<([^<>]*)>")
_BETWEEN = re.compile(r"[,;]|(?<=[\w\s]):(?=[\s\w])")
_MOST_RELATED = 100


@dataclass(frozen=True, slots=True)
class OwnSide:
    """Addresses and domains of the desk itself: mail from there is outbound."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, addresses: Iterable[str] = (), domains: Iterable[str] = ()) -> "OwnSide":
        return cls(
            frozenset(address.strip().lower() for address in addresses),
            frozenset(domain.strip().lower().removeprefix("@") for domain in domains),
        )

    def __contains__(self, address: str) -> bool:
        low = address.lower()
        return low in self.addresses or low.rpartition("@")[2] in self.domains

    def described(self) -> str:
        return repr((sorted(self.addresses), sorted(self.domains)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """`owner` is None when no address of the customer can be read. `agent` is the desk's address of outbound
    mail."""

    direction: str
    owner: str | None = None
    agent: str | None = None
    related: list[dict[str, Any]] = field(default_factory=list)


def addresses_in(headers: Iterable[str]) -> list[str]:
    """What looks like an address in raw headers, in order, each once.

    Raw, because an encoded name may decode to anything, another person's address included. Quoted names and
    comments are dropped for the same reason.
    """
    bare = (_QUOTED.sub(" ", header) for header in headers)
    people = (_BRACKETED.findall(person) or [person] for header in bare for person in _BETWEEN.split(header))
    found = [person[-1].strip() for person in people]
    return list(dict.fromkeys(address for address in found if is_address(address)))


def is_address(text: str) -> bool:
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def parties_of(sender: list[str], to: list[str], cc: list[str], own: OwnSide) -> Parties:
    """Reply-To is left out on purpose: anyone can name anyone there."""
    outside_to = [address for address in to if address not in own]
    outside_cc = [address for address in cc if address not in own]
    author = sender[0] if sender else None
    if author is None or author not in own:
        return Parties(direction="inbound", owner=author, related=_related(outside_to, outside_cc, author))
    others = outside_to or outside_cc
    if not others and (to or cc):
        return Parties(direction="internal", agent=author)
    owner = others[0] if others else None
    return Parties(
        direction="outbound", owner=owner, agent=author, related=_related(outside_to, outside_cc, owner)
    )


def _related(to: list[str], cc: list[str], owner: str | None) -> list[dict[str, Any]]:
    people = [("recipient", address) for address in to] + [
        ("cc", address) for address in cc if address not in to
    ]
    return [
        {"role": role, "identifiers": [{"type": "email", "value": address}]}
        for role, address in people
        if owner is None or address.lower() != owner.lower()
    ][:_MOST_RELATED]
