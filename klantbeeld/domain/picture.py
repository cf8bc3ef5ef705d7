"""All read models of a set of events at once, in memory: plain, and what every other way must agree with.

It answers what was known at a moment, for whoever passes the events of that moment, and is the tests'
oracle. The steps are those of the processors: the first recorded of each event, corrections, routes,
attributions, folds, identity.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from klantbeeld.domain.corrections import Decode, corrected, last_corrections
from klantbeeld.domain.events.event import Event, EventKey, Identified, Token
from klantbeeld.domain.folding import Entity, Routes, fold_all
from klantbeeld.domain.folds import BY_KIND, CONCERNED
from klantbeeld.domain.identity import Known, Resolution, Rules, is_junk, resolve
from klantbeeld.domain.profiles import ProfileState, merge_all
from klantbeeld.domain.routing import links_from, routes
from klantbeeld.domain.ruling import ruled
from klantbeeld.domain.testimony import named, testimony

ATTRIBUTED = "interaction.attributed"
EntityKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as it now stands, with corrections and attributions in it, and what it belongs to."""

    event: Event
    routes: Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`entries` in fold order; `entities` by kind and external id; `known` holds every identifier named."""

    entries: tuple[Entry, ...]
    entities: Mapping[EntityKey, Entity[Any]]
    resolution: Resolution
    known: Mapping[Token, Known]

    def customers(self) -> Mapping[Token, frozenset[Token]]:
        """Each customer's identifiers, by the identifier that stands for the customer."""
        return self.resolution.clusters

    def head_of(self, owner: Token) -> Token | None:
        """The customer of an identifier; None for one that is shared, junk or unknown."""
        return self.resolution.head.get(owner)

    def customer_with(self, type: str, value: str) -> Token | None:
        """The customer whom a normalised identifier belongs to, if there is one."""
        found = (token for token, one in self.known.items() if (one.type, one.value) == (type, value))
        token = next(found, None)
        return None if token is None else self.head_of(token)

    def tokens_of(self, head: Token) -> frozenset[Token]:
        return self.resolution.clusters[head]

    def entries_of(self, head: Token) -> list[Entry]:
        """A customer's timeline, newest first."""
        tokens = self.tokens_of(head)
        return [entry for entry in reversed(self.entries) if entry.event.owner in tokens]

    def entities_of(self, head: Token, kind: str) -> list[Entity[Any]]:
        """What a customer has of one kind and can be shown, newest first."""
        tokens, shelve = self.tokens_of(head), BY_KIND[kind].shelve
        found = [
            (shelve(entity.state), entity)
            for (of_kind, _), entity in self.entities.items()
            if of_kind == kind and entity.owner in tokens
        ]
        found = [(shelf, entity) for shelf, entity in found if shelf.visible]
        found.sort(key=lambda pair: (pair[0].sort_at, pair[1].external_id), reverse=True)
        return [entity for _, entity in found]

    def profile_of(self, head: Token) -> ProfileState:
        """What is known of a customer under all identifiers together."""
        return merge_all(entity.state for entity in self.entities_of(head, "profile"))


def picture(events: Iterable[Event], rules: Rules, decode: Decode) -> Picture:
    """The picture that a set of events gives; the same for any order, and for any copies among them.

    `rules` are those in force when none of the events changes them.
    """
    told = in_fold_order(effective(first_recorded(events), decode))
    links = links_from(told)
    entries = attributed([Entry(event=event, routes=routes(event, links)) for event in told])
    rules = ruled(told, rules)
    known = _known(told, rules)
    return Picture(
        entries=tuple(entries),
        entities=_folded(entries),
        resolution=resolve(known, (piece for event in told for piece in testimony(event)), rules),
        known=known,
    )


def first_recorded(events: Iterable[Event]) -> list[Event]:
    """Each event once: of copies, the one that was recorded first stays."""
    first: dict[EventKey, Event] = {}
    for event in events:
        other = first.get(event.key)
        if other is None or _recorded(event) < _recorded(other):
            first[event.key] = event
    return list(first.values())


def effective(events: Iterable[Event], decode: Decode) -> list[Event]:
    """The events with all corrections applied; a correction stays as an event of its own."""
    events = list(events)
    last = last_corrections(events)
    if not last:
        return events
    found = ((event, last.get((event.order.source, event.order.id))) for event in events)
    return [event if by is None else corrected(event, by, decode) for event, by in found]


def in_fold_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.order)


def attributed(entries: list[Entry]) -> list[Entry]:
    """The entries, in fold order, under their final owners.

    Whoever an interaction was attributed to last owns all that was told of it, made in it or said about
    it, but not the attributions themselves. Evidence about identity stays what it was.
    """
    owners = {
        entry.routes.interaction: entry.event.pointed
        for entry in entries
        if entry.event.type == ATTRIBUTED and entry.event.pointed
    }
    return [_under(entry, owners.get(entry.routes.interaction)) for entry in entries] if owners else entries


def _under(entry: Entry, owner: Token | None) -> Entry:
    if owner is None or entry.event.type == ATTRIBUTED:
        return entry
    return replace(entry, event=replace(entry.event, owner=owner))


def _recorded(event: Event) -> tuple[object, ...]:
    return event.recorded_at, event.partition, event.position


def _folded(entries: Iterable[Entry]) -> dict[EntityKey, Entity[Any]]:
    events: dict[EntityKey, list[Event]] = defaultdict(list)
    for entry in entries:
        for fold in CONCERNED[entry.event.type]:
            for external_id in fold.keys(entry.event, entry.routes):
                events[fold.kind, external_id].append(entry.event)
    folded = {key: fold_all(BY_KIND[key[0]], key[1], own) for key, own in events.items()}
    return {key: entity for key, entity in folded.items() if entity}


def _known(events: Iterable[Event], rules: Rules) -> dict[Token, Known]:
    found: dict[Token, Identified] = {}
    for event in events:
        for one in named(event):
            found.setdefault(one.token, one)
    return {token: _acquainted(one, rules) for token, one in found.items()}


def _acquainted(one: Identified, rules: Rules) -> Known:
    junk = is_junk(one.type, one.value, rules.junk)
    return Known(token=one.token, type=one.type, value=one.value, junk=junk)
