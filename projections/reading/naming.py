"""What many customers are called, at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity import customer_id
from klantbeeld.domain.identity.proof import unproven
from klantbeeld.domain.profiles import ProfileState, display_name, merge_all
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.entities import decoder
from projections.reading.customers import Named, shown_name, sure_pairs

SQL = load(__package__, "identity.sql")
MOST_NAMED: Final = 500


def profiles(
    connection: Connection, heads: Iterable[Token]
) -> tuple[dict[Token, ProfileState], dict[Token, Named]]:
    """What was told under each identifier of these customers, and their identifiers, at most `MOST_NAMED` of each."""
    told: dict[Token, ProfileState] = {}
    known: dict[Token, Named] = {}
    decode = decoder("profile").decode
    values = {"heads": list(heads), "most": MOST_NAMED}
    for head, token, type_, value, state in connection.execute(SQL["profiles"], values):
        known[token] = Named(token, type_, value, head)
        if state is not None:
            told[token] = decode(state)
    return told, known


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as a list shows it, with those identifiers that tell most."""

    customer_id: str
    display_name: str | None
    identifiers: tuple[Named, ...]

    def shown(self) -> dict[str, Any]:
        return {"customer_id": self.customer_id, "display_name": self.display_name}


def people(connection: Connection, heads: Iterable[Token | None]) -> Mapping[Token, Person]:
    """These customers, by the identifiers that stand for them."""
    told, known = profiles(connection, {head for head in heads if head})
    members: dict[Token, list[Named]] = defaultdict(list)
    for one in known.values():
        if one.head:
            members[one.head].append(one)
    profiles_of = {
        head: merge_all(told[one.token] for one in own if one.token in told) for head, own in members.items()
    }
    nameless = [
        one.token for head, own in members.items() if not display_name(profiles_of[head]) for one in own
    ]
    sure = sure_pairs(connection, nameless)
    found = {}
    for head, own in members.items():
        unsure = unproven([one.token for one in own], sure)
        found[head] = Person(customer_id(head), shown_name(profiles_of[head], own, unsure), tuple(own))
    return found
