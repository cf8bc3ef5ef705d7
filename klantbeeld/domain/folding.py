"""The shared machinery of folds: an entity is the fold of its events in fold order, and nothing else.

A fold module says which entities an event concerns (`keys`), what the empty state is (`begin`) and how
one event changes a state (`apply`). Everything here is the same for all of them.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

from klantbeeld.domain.events.event import Event, FoldOrder, Token
from klantbeeld.domain.times import EARLIEST, NEVER
from klantbeeld.domain.values import value

S = TypeVar("S")


@value
class Shelf:
    """Where an entity stands in lists.

    `closes_at`: from this instant on it is no longer open (`NEVER` while nothing can close it but an event).
    `sort_at`: newest first by this. The rest is what a queue selects by.
    """

    visible: bool
    sort_at: datetime = EARLIEST
    closes_at: datetime = NEVER
    due_at: datetime | None = None
    priority: int | None = None
    team: str | None = None
    assignee: str | None = None
    label: str | None = None
    hidden_until: datetime | None = None
    conversation: str | None = None
    """External id of the conversation that it waits with."""


class Fold(Protocol[S]):
    """One kind of entity."""

    kind: str
    state: type[S]
    any_order: bool
    """Whether events may be applied in any order with the same result, so that an older one needs no folding anew."""

    def keys(self, event: Event, routes: "Routes") -> Iterable[str]:
        """External ids of the entities of this kind that the event concerns."""

    def begin(self, external_id: str) -> S: ...

    def apply(self, state: S, event: Event) -> S: ...

    def founds(self, event: Event) -> bool:
        """Whether this event brings the entity into being, and so says whose it is."""

    def shelve(self, state: S) -> Shelf: ...


@value
class Routes:
    """What one event belongs to, as external ids; a delivery promise belongs to its order."""

    interaction: str | None = None
    conversation: str | None = None
    order: str | None = None
    agreement: str | None = None
    follow_up: str | None = None


@value
class Entity(Generic[S]):
    """A folded entity. `version` is the same for the same events in whatever order they came, and another
    once one of them is corrected.
    """

    external_id: str
    owner: Token
    founded: bool
    last: FoldOrder
    version: int
    state: S


def advance(fold: Fold[S], entity: Entity[S] | None, external_id: str, event: Event) -> Entity[S]:
    """The entity after one more event: the newest in fold order, unless the fold takes any order."""
    founds = fold.founds(event)
    mark = int(event.key[:18].replace("-", ""), 16)
    mark ^= int.from_bytes(blake2b(event.raw_data, digest_size=8).digest(), "big")
    if entity is None:
        state = fold.apply(fold.begin(external_id), event)
        return Entity(
            external_id=external_id,
            owner=event.owner,
            founded=founds,
            last=event.order,
            version=mark,
            state=state,
        )
    return Entity(
        external_id=external_id,
        owner=event.owner if founds and not entity.founded else entity.owner,
        founded=entity.founded or founds,
        last=max(entity.last, event.order),
        version=entity.version ^ mark,
        state=fold.apply(entity.state, event),
    )


def fold_all(fold: Fold[S], external_id: str, events: Iterable[Event]) -> Entity[S] | None:
    """The entity from all its events, in any order, each once."""
    entity: Entity[S] | None = None
    for event in sorted(events, key=lambda one: one.order):
        entity = advance(fold, entity, external_id, event)
    return entity
