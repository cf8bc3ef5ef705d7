"""Orders, agreements, follow-ups, conversations, interactions and profiles: folded entities, one row each.

A newer event is applied to the stored state; for an older one, or after an entry moved, that one entity is folded anew
from its stored events. Either way the row is the fold of the entity's events in fold order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from klantbeeld.domain.agreements import DELIVERY
from klantbeeld.domain.events.event import Event, FoldOrder
from klantbeeld.domain.events.markers import trusted
from klantbeeld.domain.folding import Entity, Routes, advance, fold_all
from klantbeeld.domain.folds import BY_KIND, CONCERNED
from klantbeeld.domain.values import value
from klantbeeld.log.postgres.database import Connection, array_literal, copied, copy_text, instant
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.entries import Entry, event_of, fetch

SQL = load(__package__, "queries.sql")
SEARCHED = frozenset({"conversation", "interaction", "order", "profile"})
encode = msgspec.json.Encoder(order="deterministic").encode

_COLUMN = {
    "order": "entries_by_order",
    "agreement": "entries_by_agreement",
    "follow_up": "entries_by_follow_up",
    "conversation": "entries_by_conversation",
    "interaction": "entries_by_interaction",
    "profile": "entries_by_owner",
}


_PLACE = {
    "order": "order_id",
    "agreement": "agreement_id",
    "follow_up": "follow_up_id",
    "conversation": "conversation_id",
    "interaction": "interaction_id",
    "profile": "owner",
}


@cache
def decoder(kind: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(BY_KIND[kind].state)


@dataclass(slots=True)
class Touched:
    """An entity that a batch concerns: its new events, and whether it must be folded anew whatever they are."""

    id: str
    kind: str
    external_id: str
    events: list[Event] = field(default_factory=list)
    dirty: bool = False


class Batch:
    """The entities that one batch touches. Made, filled, saved once."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._touched: dict[str, Touched] = {}
        self._advanced: dict[str, Saved] = {}

    def add(self, entry: Entry) -> None:
        """Let every entity take in the entry's event."""
        for one in self._concerned(entry.event, entry.routes):
            one.events.append(entry.event)

    def spoil(self, event: Event, routes: Routes) -> None:
        """Something about a stored event changed: fold all it concerns anew."""
        for one in self._concerned(event, routes):
            one.dirty = True

    def spoil_one(self, kind: str, external_id: str) -> None:
        self._touch(kind, external_id).dirty = True

    def spoil_known(self, ids: Iterable[str]) -> None:
        """Fold anew those of these entities that the batch has touched already: not all are stored yet."""
        for one in [self._touched[id_] for id_ in ids if id_ in self._touched]:
            one.dirty = True
            if one.kind == "order":
                self.spoil_one("agreement", DELIVERY + one.external_id)

    def ids(self) -> list[str]:
        return list(self._touched)

    def spoiled(self) -> set[str]:
        """Those that are folded anew, of the kinds that search reads: no event of the batch need name them itself."""
        return {one.id for one in self._touched.values() if one.dirty and one.kind in SEARCHED}

    def of_kind(self, kind: str) -> Iterator[Touched]:
        return (one for one in self._touched.values() if one.kind == kind)

    def save(self, connection: Connection, stored: dict[str, Entity[Any]]) -> list["Saved"]:
        """Fold and write all that was touched. `stored` holds the rows of `ids()` that exist."""
        anew = [one for one in self._touched.values() if _must_refold(one, stored.get(one.id))]
        told = stored_events(connection, self._names, anew)
        self.advance(stored)
        refolded = {one.id: self._saved(one, _refolded(one, told[one.id])) for one in anew}
        saved = list((self._advanced | refolded).values())
        gone = [one.id for one in saved if one.entity is None and one.id in stored]
        if gone:
            connection.execute(SQL["delete_entities"], {"ids": gone})
        _write(connection, [one for one in saved if one.entity], stored)
        return saved

    def advance(self, stored: dict[str, Entity[Any]]) -> None:
        """Fold what needs no more than its row in `stored` and the batch's events. Asks the database nothing."""
        for one in self._touched.values():
            known = stored.get(one.id)
            if one.id not in self._advanced and not _must_refold(one, known):
                self._advanced[one.id] = self._saved(one, _advanced(one, known))

    def _saved(self, one: Touched, entity: Entity[Any] | None) -> "Saved":
        row = _line(one, entity, self._names) if entity else ""
        return Saved(id=one.id, kind=one.kind, entity=entity, row=row)

    def _concerned(self, event: Event, routes: Routes) -> Iterator[Touched]:
        for fold in CONCERNED[event.type]:
            for external_id in fold.keys(event, routes):
                yield self._touch(fold.kind, external_id)

    def _touch(self, kind: str, external_id: str) -> Touched:
        id_ = external_id if kind == "profile" else self._names.entity(kind, external_id)
        found = self._touched.get(id_)
        if found is None:
            found = self._touched[id_] = Touched(id_, kind, external_id)
        return found


@value
class Saved:
    """An entity as it stands after a batch; None: it has no events any more. `row` is its row in COPY's text format."""

    id: str
    kind: str
    entity: Entity[Any] | None
    row: str


def load_entities(
    connection: Connection, ids: Sequence[str], *, held: bool = False
) -> dict[str, Entity[Any]]:
    """The stored entities among these ids; `held` keeps other workers from them until the end of the transaction."""
    query = SQL["lock_entities" if held else "load_entities"]
    rows = connection.execute(query, {"ids": array_literal(ids)})
    with trusted():
        return {row[0]: _entity(row) for row in rows}


def stored_events(connection: Connection, names: Names, wanted: Sequence[Touched]) -> dict[str, list[Event]]:
    """All stored events of each of these entities, the batch's own among them; one query a kind."""
    found: dict[str, list[Event]] = {one.id: [] for one in wanted}
    by_place: dict[tuple[str, str], list[Touched]] = defaultdict(list)
    for one in wanted:
        by_place[one.kind, one.id].append(one)
        if one.kind == "agreement" and one.external_id.startswith(DELIVERY):
            by_place["order", names.entity("order", one.external_id.removeprefix(DELIVERY))].append(one)
    for kind in sorted({kind for kind, _ in by_place}):
        ids = [id_ for of_kind, id_ in by_place if of_kind == kind]
        for row in fetch(connection, _COLUMN[kind], ids=ids):
            event = event_of(row)
            for one in by_place[kind, row[_PLACE[kind]]]:
                if one.external_id in BY_KIND[one.kind].keys(event, _found_by(kind, one.external_id)):
                    found[one.id].append(event)
    return found


def _found_by(kind: str, external_id: str) -> Routes:
    """Routes with the one place that an event was found by: under these its fold says whether it is told of the entity.

    An order's row is no news of the order's delivery when it is there for a promise of its own.
    """
    if kind == "profile":
        return Routes()
    place = external_id.removeprefix(DELIVERY) if kind == "order" else external_id
    return replace(Routes(), **{kind: place})


def _must_refold(one: Touched, known: Entity[Any] | None) -> bool:
    if one.dirty:
        return True
    if BY_KIND[one.kind].any_order:
        return False
    return known is not None and any(event.order <= known.last for event in one.events)


def _refolded(one: Touched, events: Iterable[Event]) -> Entity[Any] | None:
    return fold_all(BY_KIND[one.kind], one.external_id, events)


def _advanced(one: Touched, known: Entity[Any] | None) -> Entity[Any] | None:
    fold, entity = BY_KIND[one.kind], known
    for event in sorted(one.events, key=_by_order):
        entity = advance(fold, entity, one.external_id, event)
    return entity


def _entity(row: Sequence[Any]) -> Entity[Any]:
    _, kind, external_id, owner, founded, at, sequence, source, last_id, version, state = row
    return Entity(
        external_id=external_id,
        owner=owner,
        founded=founded,
        last=FoldOrder(at, sequence, source, last_id),
        version=version % 2**64,
        state=decoder(kind).decode(state),
    )


def _write(connection: Connection, saved: Iterable[Saved], stored: dict[str, Entity[Any]]) -> None:
    split: dict[bool, list[Saved]] = defaultdict(list)
    for one in saved:
        split[one.id in stored].append(one)
    cursor = connection.cursor()
    if split[False]:
        new = sorted(split[False], key=_by_id)
        copy_text(cursor, SQL["copy_entities"], (one.row for one in new))
    if split[True]:
        connection.execute(SQL["changed_entities"])
        copy_text(cursor, SQL["copy_changed_entities"], (one.row for one in split[True]))
        connection.execute(SQL["apply_changed_entities"])
        connection.execute(SQL["clear_changed_entities"])


def _by_id(saved: Saved) -> str:
    return saved.id


def _line(one: Touched, entity: Entity[Any], names: Names) -> str:
    """The row in COPY's text format, in the order of `copy_entities`."""
    shelf, last = BY_KIND[one.kind].shelve(entity.state), entity.last
    parts = (
        one.id,
        one.kind,
        copied(entity.external_id),
        entity.owner,
        "t" if entity.founded else "f",
        "t" if shelf.visible else "f",
        instant(shelf.sort_at),
        instant(shelf.closes_at),
        _instant(shelf.due_at),
        "\\N" if shelf.priority is None else str(shelf.priority),
        copied(shelf.team),
        copied(shelf.assignee),
        copied(shelf.label),
        _instant(shelf.hidden_until),
        names.entity("conversation", shelf.conversation) if shelf.conversation else "\\N",
        instant(last.occurred_at),
        str(last.sequence),
        copied(last.source),
        copied(last.id),
        str(entity.version - 2**64 if entity.version >= 2**63 else entity.version),
        copied(encode(entity.state).decode()),
    )
    return "\t".join(parts)


def _instant(at: datetime | None) -> str:
    return "\\N" if at is None else instant(at)


def _by_order(event: Event) -> FoldOrder:
    return event.order
