"""News about entries that are stored already: corrections, attributions, and links that come after what they link.

Most batches hold none of these and pay one look-up for it. Where something moves, every entity that the entry belonged
to and belongs to now is folded anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from klantbeeld.domain.agreements import DELIVERY
from klantbeeld.domain.events.event import Event, EventKey, Identified, Token
from klantbeeld.domain.folding import Entity, Routes, fold_all
from klantbeeld.domain.folds import BY_KIND
from klantbeeld.domain.routing import Links, interaction_of, links_from, routes, says_order
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections import entries
from projections.corrections import correct, keep_originals, newest, original, pending, save
from projections.entities import Batch, load_entities
from projections.entries import Entry, Row, event_of, fetch
from projections.locking import Alone
from projections.parcels import Moved, Parcels

SQL = load(__package__, "queries.sql")


class Relinking:
    """What one batch has to know of stored entries, and does to them. Made before the batch is written."""

    def __init__(
        self, connection: Connection, names: Names, events: Sequence[Event], *, among_others: bool = False
    ) -> None:
        """Raises `Alone` when the batch may not be taken beside other workers."""
        self._connection, self._names = connection, names
        self._fresh = newest(names, events)
        self._deciding = self._with_stored(events)
        if among_others and self._deciding:
            raise Alone
        keep_originals(connection, [event for event in events if event.key in self._deciding])
        self._events = [self._effective(event) for event in events]
        self._interactions = self._spoken_of()
        self.known: dict[str, Entity[Any]] = load_entities(connection, list(self._interactions.values()))
        self._stored = self._entries_of_interactions()
        self._parcels = Parcels(connection, names, self._events)
        self.links = self._links()
        self.revoked: set[Token] = set()
        self.retold: list[tuple[Event, Event]] = []
        self.restored: list[Identified] = []

    def corrected(self) -> Sequence[Event]:
        """The batch's events as corrections let them stand."""
        return self._events

    def owner_of(self, event: Event, found: Routes) -> Token:
        """The owner that an earlier attribution gives the event, else its own."""
        if not self.known or found.interaction is None or event.type == "interaction.attributed":
            return event.owner
        entity = self.known.get(self._interactions.get(found.interaction, ""))
        return (entity.state.attributed_to if entity else None) or event.owner

    def settle(self, batch: Batch, planned: Sequence[Entry]) -> int:
        """Move stored entries that this batch says something about; answers how many voided evidence."""
        voided = self._correct_stored(batch, {entry.event.key for entry in planned})
        for event in self._events:
            if event.type == "interaction.attributed":
                self._relink(batch, event.data.interaction_id)
        self._relink_late(batch)
        for parcel in self._parcels.settle():
            self._move_parcel(batch, parcel)
        return voided

    def _with_stored(self, events: Sequence[Event]) -> dict[EventKey, Event]:
        """The deciding correction, new or stored, of everything that the batch holds or corrects."""
        deciding = pending(self._connection, [*(event.key for event in events), *self._fresh])
        for target, correction in self._fresh.items():
            if target not in deciding or deciding[target].order < correction.order:
                deciding[target] = correction
        return deciding

    def _effective(self, event: Event) -> Event:
        correction = self._deciding.get(event.key)
        return correct(event, correction) if correction else event

    def _spoken_of(self) -> dict[str, str]:
        """Entity ids of the interactions that the batch's events are or speak of."""
        found: dict[str, str] = {}
        for event in self._events:
            interaction = interaction_of(event)
            if interaction is not None and interaction not in found:
                found[interaction] = self._names.entity("interaction", interaction)
        return found

    def _entries_of_interactions(self) -> list[tuple[Row, Event]]:
        """What is stored already of the interactions that the batch speaks of."""
        if not self._interactions:
            return []
        rows = fetch(self._connection, "entries_by_interaction", ids=list(self._interactions.values()))
        return [(row, event_of(row)) for row in rows]

    def _links(self) -> Links:
        told = links_from([*(event for _, event in self._stored), *self._events])
        return Links(conversations=told.conversations, orders=self._parcels.orders)

    def _correct_stored(self, batch: Batch, inserted: set[EventKey]) -> int:
        voided = 0
        for target, correction in self._fresh.items():
            if self._deciding[target] is correction:
                save(self._connection, target, correction)
                if target not in inserted:
                    voided += self._correct_row(batch, target, correction)
        return voided

    def _correct_row(self, batch: Batch, target: EventKey, correction: Event) -> int:
        rows = fetch(self._connection, "entries_by_key", keys=[target])
        if not rows:
            return 0
        old = replace(event_of(rows[0]), owner=rows[0]["first_owner"])
        new = correct(original(self._connection, old), correction)
        if new.raw_data == old.raw_data and _tells(new) == _tells(old) and new.owner == old.owner:
            return 0
        self._parcels.correct(old, new)
        found = routes(new, self.links)
        self._move(batch, rows[0], Entry(new, found, entries.places(found, self._names), new.owner))
        for interaction in sorted({i for i in (interaction_of(old), interaction_of(new)) if i}):
            self._relink(batch, interaction)
        if _tells(old) == _tells(new):
            return 0
        self.revoked |= {one.token for one in (*old.identifiers, *new.identifiers)}
        self.retold.append((old, new))
        self.restored += [one for one in new.identifiers if one.type]
        return 1

    def _relink_late(self, batch: Batch) -> None:
        """An interaction that says its conversation takes along what was stored of it before."""
        late = set()
        for row, event in self._stored:
            where = entries.places(routes(event, self.links), self._names)
            if where.conversation != row["conversation_id"]:
                late.add(interaction_of(event))
        for interaction in sorted(one for one in late if one):
            self._relink(batch, interaction)

    def _relink(self, batch: Batch, interaction: str) -> None:
        """Bring every entry of an interaction where it belongs: its conversation, and whose it was after all."""
        id_ = self._names.entity("interaction", interaction)
        rows = fetch(self._connection, "entries_by_interaction", ids=[id_])
        events = [event_of(row) for row in rows]
        links = links_from(events)
        attributed = self._attributed_to(interaction, events)
        batch.spoil_one("interaction", interaction)
        for row, event in zip(rows, events, strict=True):
            owner = (
                row["first_owner"]
                if event.type == "interaction.attributed"
                else attributed or row["first_owner"]
            )
            found = routes(event, links)
            where = entries.places(found, self._names)
            if owner != event.owner or where.conversation != row["conversation_id"]:
                self._move(batch, row, Entry(replace(event, owner=owner), found, where, row["first_owner"]))

    def _attributed_to(self, interaction: str, events: Iterable[Event]) -> Token | None:
        told = [event for event in events if event.type == "interaction.attributed"]
        entity = fold_all(BY_KIND["interaction"], interaction, told)
        return entity.state.attributed_to if entity else None

    def _move_parcel(self, batch: Batch, parcel: Moved) -> None:
        """Entries that name only the tracking code go to the order that is now known for it."""
        rows = fetch(self._connection, "entries_by_order", ids=[parcel.before])
        for row in rows:
            event = event_of(row)
            if says_order(event) is None and getattr(event.data, "tracking", None) == parcel.tracking:
                found = replace(routes(event), order=parcel.order)
                moved = Entry(event, found, entries.places(found, self._names), row["first_owner"])
                self._move(batch, row, moved)

    def _move(self, batch: Batch, row: Row, entry: Entry) -> None:
        self._spoil_old(batch, row)
        entries.reroute(self._connection, entry)
        batch.spoil(entry.event, entry.routes)

    def _spoil_old(self, batch: Batch, row: Row) -> None:
        names = ("interaction_id", "conversation_id", "order_id", "agreement_id", "follow_up_id", "owner")
        ids = [row[name] for name in names if row[name]]
        batch.spoil_known(ids)
        for id_, kind, external_id, *_ in self._connection.execute(SQL["load_entities"], {"ids": ids}):
            batch.spoil_one(kind, row["owner"] if kind == "profile" else external_id)
            if kind == "order":
                batch.spoil_one("agreement", DELIVERY + external_id)
            assert id_


def _tells(event: Event) -> list[tuple[Token, int]]:
    return [(one.token, one.strength) for one in event.identifiers]
