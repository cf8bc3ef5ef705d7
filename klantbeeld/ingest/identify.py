"""Who an event is about: identifiers normalised, strengths as the sender may claim them, the owner chosen."""

from collections.abc import Sequence

from klantbeeld.domain.events.people import AboutCustomer, GivenIdentifier, PointedIdentifier
from klantbeeld.domain.events.system import EventCorrected, IdentityJudged
from klantbeeld.domain.identifiers import BadIdentifier, Identifier, Strength, choose_owner
from klantbeeld.domain.identity.junk import is_junk
from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.values import value
from klantbeeld.ingest.normalise import normalise
from klantbeeld.ingest.reading import Parsed, decode_identifiers
from klantbeeld.ingest.sender import Sender

INSTALLATION = Identifier(type="installation", value="klantbeeld")
"""Owns what is about no customer, such as changed rules. Not a type that an event may use."""


@value
class Identities:
    """Normalised identifiers in the event's order; `owner` is an index; None owner: that of the event it corrects."""

    identifiers: tuple[Identifier, ...]
    owner: int | None
    pointed: Identifier | None = None


def identities(parsed: Parsed, sender: Sender, region: str) -> Identities:
    """Raises `Invalid` for an identifier that cannot be read."""
    data = parsed.data
    if isinstance(data, AboutCustomer):
        found = _normalised(data.identifiers, sender, region, "data.identifiers")
        to = getattr(data, "to", None)
        pointed = _pointed(to, region) if isinstance(to, PointedIdentifier) else None
        return Identities(identifiers=found, owner=_owner(found), pointed=pointed)
    if isinstance(data, IdentityJudged):
        found = _normalised(data.pair, sender, region, "data.pair")
        if found[0].type == found[1].type and found[0].value == found[1].value:
            raise Invalid("same_identifier", "data.pair")
        return Identities(identifiers=found, owner=_owner(found))
    if isinstance(data, EventCorrected):
        given = decode_identifiers(data.data)
        found = _normalised(given, sender, region, "data.data.identifiers")
        return Identities(identifiers=found, owner=_owner(found) if found else None)
    return Identities(identifiers=(INSTALLATION,), owner=0)


def _owner(identifiers: Sequence[Identifier]) -> int:
    junk = frozenset(n for n, one in enumerate(identifiers) if is_junk(one.type, one.value))
    return choose_owner(identifiers, junk)


def _normalised(
    given: Sequence[GivenIdentifier], sender: Sender, region: str, field: str
) -> tuple[Identifier, ...]:
    return tuple(_one(item, sender, region, f"{field}.{n}") for n, item in enumerate(given))


def _one(given: GivenIdentifier, sender: Sender, region: str, field: str) -> Identifier:
    strength = Strength[given.strength]
    if strength is Strength.verified and not sender.attests:
        strength = Strength.asserted
    return Identifier(
        type=given.type, value=_value(given.type, given.value, region, field), strength=strength
    )


def _pointed(to: PointedIdentifier, region: str) -> Identifier:
    return Identifier(type=to.type, value=_value(to.type, to.value, region, "data.to"))


def _value(type_: str, value: str, region: str, field: str) -> str:
    try:
        return normalise(type_, value, region)
    except BadIdentifier as error:
        raise Invalid(error.code, field) from None
