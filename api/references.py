"""What the ids in a body stand for. Callers may name a thing by our id of it or by its source's."""

from dataclasses import dataclass

from api.asking import is_id
from api.problems import Problem
from api.schemas.customers import NamedIdentifier
from api.system import System
from klantbeeld.ingest.normalise import normalise
from projections.reading.problems import UnknownEntity

Identifier = tuple[str, str]
"""Type and value."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an entry is. `among`: identifiers of the same customer that would do as well."""

    identifier: Identifier
    among: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Interaction:
    external_id: str
    owner: Identifier


def named(system: System, kind: str, given: str | None) -> str | None:
    """The external id of an order, agreement or conversation; 400 when there is none such."""
    if given is None:
        return None
    for id_ in _ids(system, kind, given):
        try:
            return system.reads.raw(kind, id_).external_id
        except UnknownEntity:
            continue
    raise _unknown(f"{kind}_id")


def interaction(system: System, given: str | None, place: str = "interaction_id") -> Interaction | None:
    """The interaction and whose it was recorded as; 400 when there is none such."""
    if given is None:
        return None
    for id_ in _ids(system, "interaction", given):
        try:
            return interaction_of(system, id_)
        except UnknownEntity:
            continue
    raise _unknown(place)


def interaction_of(system: System, id_: str) -> Interaction:
    """Raises `UnknownEntity`."""
    found = system.reads.interaction(id_)
    return Interaction(found["external_id"], identifier_of(system, found["first_owner"]))


def identifier_of(system: System, token: str) -> Identifier:
    found = system.reads.identifier(token)
    assert found
    return found


def owner(
    system: System, customer_id: str, within: Interaction | None, named: NamedIdentifier | None
) -> Owner:
    """Whose an entry is: the interaction's owner's, else the identifier's, else the customer's.

    Raises what reading the customer raises, whoever it is in the end.
    """
    who = system.reads.who(customer_id)
    if within:
        return Owner(within.owner)
    if named:
        return Owner((named.type, normalise(named.type, named.value, system.settings.region)))
    return Owner(who.standing_for, who.named)


def _ids(system: System, kind: str, given: str) -> list[str]:
    ours = [given] if is_id(given) else []
    return [*ours, system.names.entity(kind, given)]


def _unknown(place: str) -> Problem:
    places = [{"in": "body", "name": place, "code": "unknown_id"}]
    return Problem(400, "unknown_reference", extras={"places": places})
