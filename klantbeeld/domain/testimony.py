"""What one event says about identity: sightings of its identifiers, and pairs that belong to one person.

It depends on the event alone, never on rules: those may change, and then hold for what was said before.
"""

from klantbeeld.domain.events.event import Event, Identified
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity.evidence import Evidence, Seen, decision, pairs_of, withdrawal

SIGHTED_ONLY = frozenset({"interaction.attributed", "event.corrected"})
"""These name identifiers without saying that they belong together: a correction speaks through what it corrects."""

_STRENGTHS = tuple(Strength)

WITHDRAWN = "identity.decision_withdrawn"
JUDGEMENTS = frozenset({"identity.linked", "identity.unlinked", WITHDRAWN})
"""A person's words on two identifiers."""

SILENT = frozenset({"rules.changed", "customer.erased"})


def testimony(event: Event) -> list[Evidence]:
    """All evidence of one event; an attribution's target is sighted, so that it can own something."""
    if event.type in SILENT:
        return []
    if event.type in JUDGEMENTS:
        return _judgement(event)
    found = pairs_of(
        [Seen(token=one.token, strength=_STRENGTHS[one.strength]) for one in event.identifiers],
        event.order,
        event.recorded_at,
    )
    if event.type not in SIGHTED_ONLY:
        return found
    sightings = [one for one in found if one.a == one.b]
    return sightings + (
        [_sighting(event, event.pointed)] if _points_elsewhere(event) and event.pointed else []
    )


def named(event: Event) -> tuple[Identified, ...]:
    """Every identifier that the event names for itself or points at."""
    if event.type in SILENT:
        return ()
    return (*event.identifiers, event.pointed_at) if event.pointed_at else event.identifiers


def _judgement(event: Event) -> list[Evidence]:
    a, b = event.identifiers[0].token, event.identifiers[1].token
    if event.type == WITHDRAWN:
        named = [(one.source, one.id) for one in event.data.withdraws]
        return withdrawal(a, b, named, event.order, event.recorded_at)
    return [
        decision("link" if event.type.endswith(".linked") else "unlink", a, b, event.order, event.recorded_at)
    ]


def _points_elsewhere(event: Event) -> bool:
    return all(one.token != event.pointed for one in event.identifiers)


def _sighting(event: Event, token: str) -> Evidence:
    return Evidence(
        a=token,
        b=token,
        strength=Strength.weak,
        kind="evidence",
        order=(*event.order, len(event.identifiers)),
        recorded_at=event.recorded_at,
    )
