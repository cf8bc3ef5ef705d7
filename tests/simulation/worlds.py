"""What is told in a schedule: events about a few orders, agreements, follow-ups and conversations, and their records.

Events are made once for many schedules. Each names all that it belongs to, so that it can be folded without a look at
others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.folds import CONCERNED
from klantbeeld.domain.routing import routes
from klantbeeld.log.record import Flags, Record
from tests.domain.building import ANNEMIEK, BORIS, NOW, Cloud, cloud, told
from tests.simulation.store import Key

WORLDS = 24
EVENTS = 56
LEAST_EVENTS, MOST_EVENTS = 20, 34
UNREADABLE, SPOILING = b"unreadable", b"spoiling"
"""Sealed bytes of records that are poison: nobody can open them; whoever processes them fails, each time."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event and the entities it concerns."""

    event: Event
    places: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one schedule is about: records in the order in which they are sent, with no position yet, and the events
    by their keys.
    """

    sent: Sequence[Record]
    events: dict[str, Told]


def story(chance: Random, partitions: int) -> Story:
    """At least 20 events, some in several copies, and a few records that are poison."""
    chosen = chance.sample(_world(chance.randrange(WORLDS)), chance.randint(LEAST_EVENTS, MOST_EVENTS))
    sent = [_record(one, chance.randrange(partitions)) for one in chosen]
    for one in chosen:
        if chance.random() < 0.12:
            copies = [_record(one, chance.randrange(partitions)) for _ in range(chance.randint(1, 2))]
            for copy in copies:
                sent.insert(chance.randrange(len(sent) + 1), copy)
    events = {one.event.key: one for one in chosen}
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        poison = _record(
            chance.choice(chosen), chance.randrange(partitions), chance.choice((UNREADABLE, SPOILING))
        )
        sent.insert(chance.randrange(len(sent) + 1), poison)
    return Story(sent, events)


def placed(record: Record, position: int) -> Record:
    """The record at its place in the log. Later ones were recorded later."""
    values = {name: getattr(record, name) for name in _FIELDS}
    return Record(**{**values, "position": position, "recorded_at": NOW + timedelta(seconds=position)})


_FIELDS = tuple(Record.__dataclass_fields__)


def _record(one: Told, partition: int, sealed: bytes = b"") -> Record:
    event = one.event
    return Record(
        event_key=event.key,
        type=event.type,
        channel=None,
        direction=None,
        occurred_at=event.occurred_at,
        sequence=event.order.sequence,
        owner=event.owner,
        tokens=(event.owner,),
        flags=Flags.NONE,
        digest=b"",
        sealed=sealed,
        partition=partition,
        position=-1,
        recorded_at=NOW,
    )


@cache
def _world(number: int) -> list[Told]:
    chance = Random(number)
    return [_told(event) for event in told([_cloud(chance, place) for place in range(EVENTS)])]


def _told(event: Event) -> Told:
    found = routes(event)
    kinds = CONCERNED[event.type]
    return Told(event, tuple(("entity", fold.kind, id_) for fold in kinds for id_ in fold.keys(event, found)))


_STATUSES = ("paid", "packed", "shipped", "delivered", "returned")
_DUE = ("2026-11-02", "2026-11-02T09:03:00Z", "2026-11-03T09:00:00+01:00")


def _cloud(chance: Random, place: int) -> Cloud:
    number = chance.choice("12")
    name = chance.choice(sorted(_DATA))
    return cloud(
        name,
        chance.randrange(12),
        chance.choice((ANNEMIEK, BORIS)),
        id=f"{chance.choice('az')}{place}",
        sequence=chance.choice((None, 0, 1)),
        **{field: chance.choice(values) for field, values in _DATA[name].items()},
        **_named(name, number),
    )


def _named(name: str, number: str) -> dict[str, Any]:
    match name.partition(".")[0]:
        case "order":
            return {"order_id": f"shop:{number}"}
        case "agreement":
            return {"agreement_id": f"desk:{number}"}
        case "follow_up":
            return {"follow_up_id": f"duty:{number}"}
        case "customer":
            return {}
        case _:
            return {"conversation_id": f"thread:{number}"}


_DATA: dict[str, dict[str, Sequence[Any]]] = {
    "order.placed": {"promised_delivery": [{"latest": due} for due in _DUE]},
    "order.status_changed": {"status": _STATUSES},
    "order.shipment_updated": {"status": _STATUSES, "carrier": ("Post",)},
    "agreement.made": {"kind": ("callback", "refund"), "due_at": _DUE},
    "agreement.rescheduled": {"due_at": _DUE},
    "agreement.kept": {},
    "agreement.withdrawn": {},
    "follow_up.opened": {"kind": ("callback",), "due_at": _DUE, "team": ("care",)},
    "follow_up.assigned": {"assignee": ("a-1", "a-2")},
    "follow_up.completed": {"outcome": ("kept", "not_kept"), "agreement_id": ("desk:1", "desk:2")},
    "follow_up.reopened": {},
    "interaction.recorded": {
        "channel": ("phone", "email"),
        "direction": ("inbound", "outbound"),
        "interaction_id": ("call:1", "call:2", "call:3"),
    },
    "conversation.waiting": {"for_": ("customer", "internal")},
    "conversation.resolved": {},
    "conversation.reopened": {},
    "customer.described": {"name": ({"given": "Eva"}, {"family": "Smit"})},
}
