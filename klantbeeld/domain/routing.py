"""What an event belongs to. Some events name only a part of it: a carrier knows the tracking code, a wrap-up the call.

`Links` holds what other events say about that; the same links give the same routes, whatever came first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.interactions import InteractionHeld
from klantbeeld.domain.folding import Routes
from klantbeeld.domain.values import value

ALONE = "interaction:"
"""Prefix of the conversation of an interaction that belongs to none: it is a conversation of its own."""

PARCEL = "tracking:"
"""Prefix of the order of a parcel whose order nobody named yet."""


@value
class Links:
    """Conversation by interaction, order by tracking code: external ids, from the first event that names both."""

    conversations: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)


NO_LINKS = Links()


def interaction_of(event: Event) -> str | None:
    """The interaction that the event is or speaks of; an event without an id for it names itself."""
    named: str | None = getattr(event.data, "interaction_id", None)
    if named is None and isinstance(event.data, InteractionHeld):
        return f"{event.order.source} {event.order.id}"
    return named


def routes(event: Event, links: Links = NO_LINKS) -> Routes:
    """Everything that the event belongs to."""
    interaction = interaction_of(event)
    return Routes(
        interaction=interaction,
        conversation=_conversation(event, interaction, links),
        order=_order(event, links),
        agreement=getattr(event.data, "agreement_id", None),
        follow_up=getattr(event.data, "follow_up_id", None),
    )


def _conversation(event: Event, interaction: str | None, links: Links) -> str | None:
    named: str | None = getattr(event.data, "conversation_id", None)
    if named is not None or interaction is None:
        return named
    return links.conversations.get(interaction, ALONE + interaction)


def _order(event: Event, links: Links) -> str | None:
    named: str | None = getattr(event.data, "order_id", None)
    tracking: str | None = getattr(event.data, "tracking", None)
    if named is not None or tracking is None:
        return named
    return links.orders.get(tracking, PARCEL + tracking)


def says_conversation(event: Event) -> tuple[str, str] | None:
    """(interaction, conversation) when this event is the interaction and says which conversation it is part of."""
    data = event.data
    interaction = interaction_of(event)
    if isinstance(data, InteractionHeld) and interaction and data.conversation_id:
        return interaction, data.conversation_id
    return None


def says_order(event: Event) -> tuple[str, str] | None:
    """(tracking code, order) when the event names both."""
    order, tracking = getattr(event.data, "order_id", None), getattr(event.data, "tracking", None)
    return (tracking, order) if order and tracking else None


def links_from(events: Iterable[Event]) -> Links:
    """The links that a set of events holds; of several, the first in fold order."""
    conversations: dict[str, str] = {}
    orders: dict[str, str] = {}
    for event in sorted(events, key=lambda one: one.order):
        for said, kept in ((says_conversation(event), conversations), (says_order(event), orders)):
            if said:
                kept.setdefault(*said)
    return Links(conversations=conversations, orders=orders)
