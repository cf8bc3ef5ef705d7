"""The timeline processor: entries, entities and identities of a batch of records, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from klantbeeld.domain.events.event import Event, EventKey, Token
from klantbeeld.domain.folding import Entity
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.routing import routes
from klantbeeld.log.port import KeyStore
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from klantbeeld.log.sealing import Names
from projections import entities, entries, locking, rejudging, ruling, sources, touched
from projections.acquaintance import Acquaintance
from projections.entries import Entry
from projections.fence import Applied
from projections.identities import Identities, Moved
from projections.opening import Opened, Poison, Shredded, open_records
from projections.relinking import Relinking

PREPARED: Final = 10_000
"""Records opened before their turn, at most about."""
Listener = Callable[[Sequence[Entry], Sequence[Moved]], None]


class TimelineProcessor:
    """Fills every read model but search. One instance serves one read schema."""

    name = "timeline"

    def __init__(self, names: Names, keys: KeyStore, rules: Rules, *, sole: bool = False) -> None:
        """`rules` are those in force until an event changes them. `sole`: the log is one partition and holds each event
        once, so that nobody else writes to these read models and no event needs to be looked for.
        """
        self._names, self._keys, self._first_rules = names, keys, rules
        self._rules: Rules | None = None
        self._others, self._copies = not sole, not sole
        self._acquaintance, self._voided = Acquaintance(), 0
        self.locks = locking.Stopwatch()
        self._digests: Mapping[EventKey, bytes] = {}
        self._prepared: dict[tuple[int, int], tuple[Record, int, Opened]] = {}

    def prepare(self, records: Sequence[Record]) -> None:
        """Open records before their turn; another thread may do this while a batch is applied."""
        epoch, opened = self._keys.epoch(), open_records(records, self._keys)
        if len(self._prepared) > PREPARED:
            self._prepared = {}  # whoever had these to process: it was not this one
        self._prepared.update(
            ((record.partition, record.position), (record, epoch, one))
            for record, one in zip(records, opened, strict=True)
        )

    def be_alone(self) -> None:
        """Nobody else writes to these read models: hold nothing, which others of the same names would wait for."""
        self._others = False

    def be_among_others(self) -> None:
        """Other processes write to these read models, of other owners."""
        self._others = True

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        (applied,) = self.apply_jointly(connection, records, voided).values()
        return applied

    def apply_jointly(
        self, connection: Connection, records: Sequence[Record], voided: int
    ) -> dict[int, Applied]:
        self._acquaintance.settle()
        self.locks = locking.Stopwatch()
        opened = self._opened(records)
        events = [one for one in opened if isinstance(one, Event)]
        if self._copies:
            self._digests = _digests(records, opened)
        if self._others:
            fresh, voids = self._beside_others(connection, events)
        else:
            self._voided_before(voided)
            fresh, voids = self._unknown(connection, events)
        return _accounts(records, opened, fresh, voids)

    def undo(self) -> None:
        self._acquaintance.undo()
        self._rules = None

    def forget(self) -> None:
        self._acquaintance.forget()
        self._prepared, self._rules = {}, None

    def _beside_others(self, connection: Connection, events: Sequence[Event]) -> tuple[Sequence[Event], int]:
        """Beside other workers if that can be, else alone."""
        try:
            with connection.transaction():
                with self.locks.running():
                    strangers = self._acquaintance.strangers(events)
                    voided = locking.among_others(connection, self._names, events, strangers)
                self._voided_before(voided)
                return self._unknown(connection, events, among_others=True)
        except locking.Alone:
            self.undo()
            self._voided_before(locking.alone(connection))
            return self._unknown(connection, events)

    def _unknown(
        self, connection: Connection, events: Sequence[Event], *, among_others: bool = False
    ) -> tuple[Sequence[Event], int]:
        known = entries.existing(connection, [event.key for event in events]) if self._copies else set()
        return self._fresh(connection, events, known, among_others=among_others)

    def _fresh(
        self, connection: Connection, events: Sequence[Event], known: set[str], *, among_others: bool = False
    ) -> tuple[Sequence[Event], int]:
        """Take what is not known yet; answers which events that were, and how many voided evidence."""
        fresh = _first_of_each(events, known)
        return fresh, self._take(connection, fresh, among_others) if fresh else 0

    def _voided_before(self, voided: int) -> None:
        """Somebody took evidence back, or changed the rules."""
        if voided != self._voided:
            self._acquaintance.forget()
            self._voided, self._rules = voided, None

    def _rules_in(self, connection: Connection) -> Rules:
        if self._rules is None:
            found = ruling.in_force(connection)
            self._rules = found.rules if found else self._first_rules
        return self._rules

    def _opened(self, records: Sequence[Record]) -> list[Opened]:
        """As prepared, unless somebody was erased in between."""
        epoch, prepared = self._keys.epoch(), self._prepared
        found = [prepared.pop((record.partition, record.position), None) for record in records]
        opened = [
            one[2]
            for record, one in zip(records, found, strict=True)
            if one and one[0] is record and one[1] == epoch
        ]
        return opened if len(opened) == len(records) else open_records(records, self._keys)

    def _take(self, connection: Connection, events: Sequence[Event], among_others: bool) -> int:
        """Write the events and all that follows from them; answers how often evidence was voided or rules were changed."""
        if among_others:
            events = sorted(events, key=_by_key)
        changes = ruling.changes(events)
        if changes and among_others:
            raise locking.Alone
        relinking = Relinking(connection, self._names, events, among_others=among_others)
        batch = entities.Batch(self._names)
        planned = [self._planned(event, relinking) for event in relinking.corrected()]
        for entry in planned:
            batch.add(entry)
        named = batch.ids()
        wanted = [id_ for id_ in named if id_ not in relinking.known]
        stored = relinking.known | self._loaded(connection, wanted, among_others)
        with entries.inserting(connection, planned, self._digests):
            batch.advance(stored)
        voided = relinking.settle(batch, planned)
        stored |= self._loaded(connection, batch.ids()[len(named) :], among_others)
        batch.save(connection, stored)
        changed, rejudged = self._change_rules(connection, changes)
        for event in _last_of_each_partition(planned):
            touched.note(connection, event, batch.spoiled() | relinking.revoked | rejudged)
        rules = self._rules_in(connection)
        identities = Identities(connection, rules, self._acquaintance, among_others, self.locks)
        identities.take([entry.event for entry in planned])
        if relinking.retold:
            identities.reconsider(relinking.retold, relinking.restored)
        sources.note(connection, events)  # last: here workers of one partition would wait for one another
        return voided + changed

    def _change_rules(self, connection: Connection, changes: Sequence[Event]) -> tuple[int, set[Token]]:
        """Put other rules in force before the events beside them are taken; answers whether that was so, and the
        identifiers that became junk or ceased to be.
        """
        if not changes:
            return 0, set()
        before = self._rules_in(connection)
        ruling.note(connection, changes)
        self._rules = None
        after = self._rules_in(connection)
        return int(before != after), set(rejudging.apply(connection, before, after))

    def _loaded(self, connection: Connection, ids: Sequence[str], held: bool) -> dict[str, Entity[Any]]:
        if not ids:
            return {}
        with self.locks.running():
            return entities.load_entities(connection, ids, held=held)

    def _planned(self, event: Event, relinking: Relinking) -> Entry:
        found = routes(event, relinking.links)
        owner = relinking.owner_of(event, found)
        moved = event if owner == event.owner else replace(event, owner=owner)
        return Entry(moved, found, entries.places(found, self._names), event.owner)


def _by_key(event: Event) -> str:
    return event.key


def _digests(records: Sequence[Record], opened: Sequence[Opened]) -> Mapping[EventKey, bytes]:
    """Of copies that differ the first is stored."""
    found: dict[EventKey, bytes] = {}
    for record, one in zip(records, opened, strict=True):
        if isinstance(one, Event):
            found.setdefault(record.event_key, record.digest)
    return found


def _last_of_each_partition(planned: Sequence[Entry]) -> list[Event]:
    last: dict[int, Event] = {}
    for event in sorted((entry.event for entry in planned), key=attrgetter("position")):
        last[event.partition] = event
    return list(last.values())


def _first_of_each(events: Iterable[Event], known: set[str]) -> list[Event]:
    """The events that are not stored yet, each once: the first recorded stays."""
    fresh: dict[str, Event] = {}
    for event in events:
        if event.key not in known:
            fresh.setdefault(event.key, event)
    return list(fresh.values())


def _accounts(
    records: Sequence[Record], opened: Sequence[Opened], fresh: Sequence[Event], voids: int
) -> dict[int, Applied]:
    """What became of the records of each partition. What was voided counts for the first of them."""
    stored = Counter(event.partition for event in fresh)
    by_partition: dict[int, list[Opened]] = {}
    for record, one in zip(records, opened, strict=True):
        by_partition.setdefault(record.partition, []).append(one)
    found: dict[int, Applied] = {}
    for partition, own in by_partition.items():
        events = sum(isinstance(one, Event) for one in own)
        found[partition] = Applied(
            stored=stored[partition],
            late=events - stored[partition],
            shredded=sum(isinstance(one, Shredded) for one in own),
            poison=tuple(one for one in own if isinstance(one, Poison)),
            voided=0 if found else voids,
        )
    return found
