"""Which identity rules are in force: those of the last `rules.changed` in fold order, for all evidence, past included."""

from collections.abc import Iterable

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.identity.rules import BadRules, Rules, rules_from

CHANGED = "rules.changed"
IDENTITY = "identity"


def rules_of(event: Event) -> Rules | None:
    """The identity rules that an event puts in force; None for every other event, and for rules that cannot be used."""
    if event.type != CHANGED or event.data.kind != IDENTITY:
        return None
    try:
        return rules_from(event.data.document)
    except BadRules:
        return None


def ruled(events: Iterable[Event], before: Rules) -> Rules:
    """The rules in force after these events; `before` when none of them changes the rules."""
    changes = [(event.order, rules) for event in events if (rules := rules_of(event)) is not None]
    return max(changes, key=lambda change: change[0])[1] if changes else before
