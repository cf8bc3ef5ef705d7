"""From what was processed to what a desk is told, and who wants to hear it. No names, no words: ids only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from klantbeeld.domain.times import to_text
from projections.reading.changes import Happening


@dataclass(frozen=True, slots=True)
class News:
    """One event of the stream. `id` is the position from which a client resumes after it; None: not yet."""

    name: str
    data: dict[str, Any]
    happening: Happening | None = None
    id: str | None = None

    def frame(self) -> bytes:
        id_ = f"id: {self.id}\n" if self.id else ""
        return f"{id_}event: {self.name}\ndata: {msgspec.json.encode(self.data).decode()}\n\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What a client wants to hear. With nothing named: everything."""

    agent: str | None = None
    places: frozenset[str] = frozenset()
    """Teams and queues."""
    customers: frozenset[str] = frozenset()

    def wants(self, news: News) -> bool:
        about = news.happening
        if about is None:
            return news.data.get("customer_id") in self.customers
        if not (self.agent or self.places or self.customers):
            return True
        if about.customer_id in self.customers:
            return True
        if news.name == "timeline.added":
            return False
        mine = self.agent is not None and self.agent in (about.agent, about.assignee)
        return mine or not self.places.isdisjoint(about.places)


def told(happening: Happening, id_: str) -> Iterator[News]:
    """What is told of one entry; the last one carries the position, so that none is missed after a break."""
    if happening.type == "interaction.started" and not happening.history:
        yield News("interaction.started", _started(happening), happening)
    if happening.follow_up_id:
        yield News("follow_up.changed", _follow_up(happening), happening)
    yield News("timeline.added", _added(happening), happening, id_)


def redirected(customer_id: str, to: str) -> News:
    """Carries no position: a client that comes back is told again anyhow."""
    return News("customer.redirected", {"customer_id": customer_id, "to": to})


def reset(id_: str) -> News:
    """Something was missed: read everything anew."""
    return News("reset", {"position": id_}, None, id_)


def _started(one: Happening) -> dict[str, Any]:
    return {
        "interaction_id": one.interaction_id,
        "conversation_id": one.conversation_id,
        "customer_id": one.customer_id,
        "channel": one.channel,
        "direction": one.direction,
        "agent": one.agent,
        "occurred_at": to_text(one.occurred_at),
    }


def _follow_up(one: Happening) -> dict[str, Any]:
    return {
        "follow_up_id": one.follow_up_id,
        "customer_id": one.customer_id,
        "type": one.type,
        "team": one.team,
        "assignee": one.assignee,
    }


def _added(one: Happening) -> dict[str, Any]:
    return {
        "entry_id": one.event_id,
        "type": one.type,
        "customer_id": one.customer_id,
        "conversation_id": one.conversation_id,
        "interaction_id": one.interaction_id,
        "occurred_at": to_text(one.occurred_at),
    }
