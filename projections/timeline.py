"""The timeline processor: entries, entities and identities of a batch of records, in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.routing import routes
from klantbeeld.log.port import KeyStore
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from klantbeeld.log.sealing import Names
from projections import entities, entries, touched
from projections.acquaintance import Acquaintance
from projections.entries import Entry
from projections.fence import Applied
from projections.identities import Identities, Moved
from projections.opening import Opened, Poison, Shredded, open_records
from projections.relinking import Relinking

Listener = Callable[[Sequence[Entry], Sequence[Moved]], None]


class TimelineProcessor:
    """Fills every read model but search. One instance serves one read schema."""

    name = "timeline"

    def __init__(self, names: Names, keys: KeyStore, rules: Rules, *, distinct: bool = False) -> None:
        """`distinct`: the log itself holds each event once, so that nobody needs to look for duplicates."""
        self._names, self._keys, self._rules, self._distinct = names, keys, rules, distinct
        self._acquaintance, self._voided = Acquaintance(), 0
        self._prepared: tuple[Sequence[Record], int, list[Opened]] | None = None

    def prepare(self, records: Sequence[Record]) -> None:
        """Open records before their turn; another thread may do this while a batch is applied."""
        self._prepared = records, self._keys.epoch(), open_records(records, self._keys)

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        if voided != self._voided:
            self._acquaintance.forget()
            self._voided = voided
        opened = self._opened(records)
        events = [one for one in opened if isinstance(one, Event)]
        known = set() if self._distinct else entries.existing(connection, [event.key for event in events])
        fresh = _first_of_each(events, known)
        voids = self._take(connection, fresh) if fresh else 0
        return _account(opened, stored=len(fresh), late=len(events) - len(fresh), voids=voids)

    def forget(self) -> None:
        self._acquaintance.forget()
        self._prepared = None

    def _opened(self, records: Sequence[Record]) -> list[Opened]:
        """As prepared, unless somebody was erased in between."""
        prepared = self._prepared
        if prepared and prepared[0] is records and prepared[1] == self._keys.epoch():
            return prepared[2]
        return open_records(records, self._keys)

    def _take(self, connection: Connection, events: Sequence[Event]) -> int:
        """Write the events and all that follows from them; answers how many corrections voided evidence."""
        relinking = Relinking(connection, self._names, events)
        batch = entities.Batch(self._names)
        planned = [self._planned(event, relinking) for event in relinking.corrected()]
        entries.insert(connection, planned)
        for entry in planned:
            batch.add(entry)
        voided = relinking.settle(batch, planned)
        stored = relinking.known | entities.load_entities(
            connection, [i for i in batch.ids() if i not in relinking.known]
        )
        batch.save(connection, stored)
        touched.note(connection, planned[-1].event, batch.spoiled() | relinking.revoked)
        identities = Identities(connection, self._rules, self._acquaintance)
        identities.take([entry.event for entry in planned])
        if relinking.revoked:
            identities.reconsider(relinking.revoked, relinking.restored)
        return voided

    def _planned(self, event: Event, relinking: Relinking) -> Entry:
        found = routes(event, relinking.links)
        owner = relinking.owner_of(event, found)
        moved = event if owner == event.owner else replace(event, owner=owner)
        return Entry(moved, found, entries.places(found, self._names), event.owner)


def _first_of_each(events: Iterable[Event], known: set[str]) -> list[Event]:
    """The events that are not stored yet, each once: the first recorded stays."""
    fresh: dict[str, Event] = {}
    for event in events:
        if event.key not in known:
            fresh.setdefault(event.key, event)
    return list(fresh.values())


def _account(opened: Sequence[Opened], *, stored: int, late: int, voids: int) -> Applied:
    return Applied(
        stored=stored,
        late=late,
        shredded=sum(isinstance(one, Shredded) for one in opened),
        poison=tuple(one for one in opened if isinstance(one, Poison)),
        voided=voids,
    )
