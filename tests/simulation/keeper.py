"""The simulated processor: it keeps each event once and folds entities with the real folds, beside other workers.

It works as the timeline does: entries under a unique key, in the order of their keys; stored entities held while they
change; a newer event applied, for an older one the entity folded anew. And it remembers what it has stored, so that a
line which does not say that a batch was rolled back does harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.folding import Entity, Fold, advance, fold_all
from klantbeeld.domain.folds import BY_KIND
from klantbeeld.log.record import Record
from projections.fence import Applied
from projections.opening import Poison
from tests.simulation import statements
from tests.simulation.store import Key
from tests.simulation.worlds import SPOILING, UNREADABLE, Told


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of entries: where the event was found first, and the entities it concerns."""

    event: Event
    partition: int
    position: int
    places: tuple[Key, ...]


class Keeper:
    """A `Processor` on a `Session`."""

    name = "timeline"

    def __init__(self, events: Mapping[str, Told]) -> None:
        self._events = events
        self._stored: set[str] = set()
        self._learnt: set[str] = set()

    def apply(self, connection: Any, records: Sequence[Record], voided: int) -> Applied:
        (applied,) = self.apply_jointly(connection, records, voided).values()
        return applied

    def apply_jointly(self, connection: Any, records: Sequence[Record], voided: int) -> dict[int, Applied]:
        self._stored |= self._learnt
        self._learnt = set()
        readable = [one for one in records if one.sealed != UNREADABLE]
        known = self._known(connection, [one.event_key for one in readable])
        fresh = first_of_each(readable, known)
        rows = sorted(map(self._kept, fresh), key=_by_key)
        if rows:
            self._keep(connection, rows)
        if any(one.sealed == SPOILING for one in readable):
            raise ZeroDivisionError
        self._learnt = {row.event.key for row in rows}
        return {
            partition: _account([one for one in records if one.partition == partition], fresh)
            for partition in {one.partition for one in records}
        }

    def undo(self) -> None:
        self._learnt = set()

    def forget(self) -> None:
        self._stored, self._learnt = set(), set()

    def _known(self, connection: Any, keys: Sequence[str]) -> set[str]:
        unsure = [key for key in keys if key not in self._stored]
        if not unsure:
            return set(keys)
        found = set(connection.execute(statements.KNOWN, unsure).fetchall())
        return found | (set(keys) & self._stored)

    def _kept(self, record: Record) -> Kept:
        one = self._events[record.event_key]
        return Kept(one.event, record.partition, record.position, one.places)

    def _keep(self, connection: Any, rows: Sequence[Kept]) -> None:
        connection.execute(statements.ADD_ENTRIES, rows)
        touched: dict[Key, list[Event]] = {}
        for row in rows:
            for place in row.places:
                touched.setdefault(place, []).append(row.event)
        places = sorted(touched)
        held = connection.execute(statements.LOCK_ENTITIES, places).fetchall()
        saved = [
            (place, self._folded(connection, place, entity, touched[place]), entity is None)
            for place, entity in zip(places, held, strict=True)
        ]
        connection.execute(statements.SAVE_ENTITIES, saved)

    def _folded(
        self, connection: Any, place: Key, entity: Entity[Any] | None, events: Sequence[Event]
    ) -> Entity[Any] | None:
        _, kind, external_id = place
        fold: Fold[Any] = BY_KIND[kind]
        events = sorted(events, key=lambda event: event.order)
        if entity is not None and not fold.any_order and events[0].order < entity.last:
            stored = connection.execute(statements.ENTRIES_OF, place).fetchall()
            return fold_all(fold, external_id, [row.event for row in stored])
        for event in events:
            entity = advance(fold, entity, external_id, event)
        return entity


def _account(records: Sequence[Record], fresh: Sequence[Record]) -> Applied:
    poison = tuple(Poison(one, "unreadable_record", "") for one in records if one.sealed == UNREADABLE)
    stored = sum(one.partition == records[0].partition for one in fresh)
    return Applied(stored=stored, late=len(records) - len(poison) - stored, poison=poison)


def first_of_each(records: Sequence[Record], known: set[str]) -> list[Record]:
    """The records whose events are not stored yet, each event once."""
    fresh: dict[str, Record] = {}
    for record in records:
        if record.event_key not in known:
            fresh.setdefault(record.event_key, record)
    return list(fresh.values())


def _by_key(row: Kept) -> str:
    return row.event.key
