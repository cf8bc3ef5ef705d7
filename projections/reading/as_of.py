"""What was known at a moment: the same folds over the events of then, identity included."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from klantbeeld.domain.events.event import Event, EventKey, Token
from klantbeeld.domain.folding import Entity, Routes
from klantbeeld.domain.folds import BY_KIND
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import (
    Evidence,
    Known,
    Rules,
    Sharing,
    expand,
    is_claim,
    is_junk,
    resolve,
    standing,
)
from klantbeeld.domain.identity.proof import unproven
from klantbeeld.domain.picture import Picture, picture
from klantbeeld.domain.profiles import ProfileState, merge_all
from klantbeeld.domain.times import LATEST
from klantbeeld.log.port import EventLog, KeyStore
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections import ruling
from projections.corrections import decode
from projections.entries import event_of, fetch
from projections.evidence import apart, evidence_in, joins
from projections.opening import open_records
from projections.reading.brief import RECENT, Material, personal
from projections.reading.customers import Named, Who, named
from projections.reading.problems import UnknownCustomer
from projections.reading.shapes import Shown

SQL = load("projections", "queries.sql")
Basis = Literal["recorded", "occurred"]
SURE: Final = ("evidence", "link")
"""Kinds of evidence that prove, where they are verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`recorded`: what we had heard by then. `occurred`: what had happened by then."""

    at: datetime
    basis: Basis = "recorded"

    def covers(self, occurred_at: datetime, recorded_at: datetime) -> bool:
        return (recorded_at if self.basis == "recorded" else occurred_at) <= self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """A customer as of a moment."""

    who: Who
    picture: Picture
    ids: Names
    stated: Set[Token] = frozenset()

    def material(self, now: datetime) -> Material:
        """What a brief is made of, with verdicts asked at `now`."""
        tokens = set(self.who.tokens)
        own = [(key, one) for key, one in self.picture.entities.items() if one.owner in tokens]
        shelved = [(self._shown(kind, one), BY_KIND[kind].shelve(one.state)) for (kind, _), one in own]
        told = [
            (one, shelf)
            for one, shelf in shelved
            if shelf.visible and one.kind not in ("profile", "interaction")
        ]
        newest = sorted(told, key=lambda pair: pair[0].sort_at, reverse=True)
        recent: dict[str, list[Shown]] = defaultdict(list)
        for one, shelf in newest:
            if shelf.closes_at <= now and one.kind != "follow_up" and len(recent[one.kind]) < RECENT:
                recent[one.kind].append(one)
        return Material(
            open=[one for one, shelf in newest if shelf.closes_at > now],
            recent=[one for found in recent.values() for one in found],
            profile=_profile(self.picture, tokens),
            stated=self.stated,
            under_stated=not self._owners.isdisjoint(personal(self.who, self.stated)),
        )

    def entries(self) -> list[Event]:
        """The timeline of then, newest first."""
        tokens = set(self.who.tokens)
        return [one.event for one in reversed(self.picture.entries) if one.event.owner in tokens]

    @property
    def _owners(self) -> set[Token]:
        return {one.event.owner for one in self.picture.entries}

    def routes_of(self, key: EventKey) -> Routes:
        return next(one.routes for one in self.picture.entries if one.event.key == key)

    def _shown(self, kind: str, one: Entity[Any]) -> Shown:
        shelf = BY_KIND[kind].shelve(one.state)
        about = shelf.conversation and self.ids.entity("conversation", shelf.conversation)
        id_ = self.ids.entity(kind, one.external_id)
        return Shown(id_, kind, one.external_id, one.owner, shelf.sort_at, one.version, about, one.state)


def as_of(
    connection: Connection,
    names: Names,
    log: EventLog,
    keys: KeyStore,
    rules: Rules,
    token: Token,
    moment: Moment,
) -> Then:
    """The customer to whom the identifier `token` belonged then, by the rules of then; `rules` are those in force before
    any event changed them. Raises `UnknownCustomer`.
    """
    rules = _rules_then(connection, moment) or rules
    walk = _Walk(connection, rules, moment)
    who = walk.who(token)
    events = _events(connection, log, keys, who, moment)
    return Then(who=who, picture=picture(events, rules, decode), ids=names, stated=walk.stated(who))


def _rules_then(connection: Connection, moment: Moment) -> Rules | None:
    recorded = moment.basis == "recorded"
    found = ruling.in_force(
        connection,
        occurred_by=LATEST if recorded else moment.at,
        recorded_by=moment.at if recorded else LATEST,
    )
    return found.rules if found else None


class _Walk:
    """Identity as of a moment: the walk over evidence that had come in by then. What is junk is never walked through, and
    its evidence, which may be that of a million calls, never fetched.
    """

    def __init__(self, connection: Connection, rules: Rules, moment: Moment) -> None:
        self._connection, self._rules, self._moment = connection, rules, moment
        self._evidence: dict[Token, list[Evidence]] = {}
        self._known: dict[Token, Named] = {}
        self._sharing: dict[Token, Sharing] = {}

    def who(self, token: Token) -> Who:
        evidence = expand({token}, self._fetch, self._blocked) or self._fetch(self._plain({token}))
        tokens = {token} | {end for piece in evidence for end in piece.pair}
        self._load(tokens)
        if token not in self._known or not self._evidence.get(token):
            raise UnknownCustomer
        known = {t: self._as_known(self._known[t]) for t in tokens if t in self._known}
        shared = {t for t in known if not known[t].junk and self._sharing_of(t).is_shared}
        contested = {t for t in known if self._is_contested(t)}
        resolution = resolve(known, evidence, self._rules, shared, contested)
        head = resolution.head.get(token)
        if head is None:
            raise UnknownCustomer
        members = sorted(
            (self._known[t] for t in resolution.clusters[head]), key=lambda one: (one.type, one.value)
        )
        return Who(head, tuple(replace(one, head=head, shared=False) for one in members))

    def stated(self, who: Who) -> Set[Token]:
        """Of this customer's identifiers those that were merely stated to be the customer's."""
        pieces = standing([piece for token in who.tokens for piece in self._evidence.get(token, ())])
        sure = (one.pair for one in pieces if one.strength is Strength.verified and one.kind in SURE)
        return unproven(who.tokens, sure)

    def _fetch(self, tokens: set[Token]) -> list[Evidence]:
        self._gather(tokens)
        found = {piece: None for token in tokens for piece in self._evidence[token]}
        ends = self._plain({end for piece in found for end in piece.pair})
        self._gather(ends)
        self._load({end for token in ends for piece in self._evidence[token] for end in piece.pair})
        return [piece for piece in found if not self._is_idle(piece)]

    def _is_idle(self, piece: Evidence) -> bool:
        return is_claim(piece) and any(map(self._is_contested, piece.pair))

    def _is_contested(self, token: Token) -> bool:
        known = self._known.get(token)
        return known is not None and not known.junk and self._sharing_of(token) is Sharing.contested

    def _plain(self, tokens: Set[Token]) -> set[Token]:
        """Those that are known, and not as junk."""
        self._load(tokens)
        return {token for token in tokens if token in self._known and not self._known[token].junk}

    def _gather(self, tokens: Set[Token]) -> None:
        missing = [token for token in tokens if token not in self._evidence]
        for token in missing:
            self._evidence[token] = []
        if not missing:
            return
        wanted = set(missing)
        for row in self._connection.execute(SQL["evidence_of"], {"tokens": missing}):
            piece = evidence_in(row)
            if self._moment.covers(piece.order[0], piece.recorded_at):
                for token in wanted.intersection(piece.pair):
                    self._evidence[token].append(piece)

    def _load(self, tokens: Set[Token]) -> None:
        missing = [token for token in tokens if token not in self._known]
        for one in named(self._connection, missing) if missing else ():
            self._known[one.token] = replace(one, junk=is_junk(one.type, one.value, self._rules.junk))

    def _blocked(self, token: Token) -> bool:
        self._load({token})
        known = self._known.get(token)
        if known is None or known.junk:
            return True
        self._gather({token})
        self._load({end for piece in self._evidence[token] for end in piece.pair})
        return self._sharing_of(token).is_shared

    def _sharing_of(self, token: Token) -> Sharing:
        """Its evidence must have been gathered, and both ends of each piece loaded."""
        if token not in self._sharing:
            self._sharing[token] = self._judged(token)
        return self._sharing[token]

    def _judged(self, token: Token) -> Sharing:
        best: dict[Token, Strength] = {}
        told = self._evidence.get(token, ())
        void = apart(told)
        for piece in told:
            other = piece.b if piece.a == token else piece.a
            near = self._known.get(other)
            if near and not near.junk and joins(piece) and piece.pair not in void:
                best[other] = max(best.get(other, piece.strength), piece.strength)
        around = [(self._known[other].type, strength) for other, strength in best.items()]
        return self._rules.sharing(self._known[token].type, around)

    @staticmethod
    def _as_known(one: Named) -> Known:
        return Known(token=one.token, type=one.type, value=one.value, junk=one.junk)


def _events(connection: Connection, log: EventLog, keys: KeyStore, who: Who, moment: Moment) -> list[Event]:
    """All events of then that the customer's entries and entities are folded from."""
    rows = {row["event_key"]: row for row in fetch(connection, "entries_of_owners", owners=who.tokens)}
    places = ("conversation_id", "order_id", "agreement_id", "follow_up_id", "interaction_id")
    ids = sorted({row[name] for row in rows.values() for name in places if row[name]})
    for row in fetch(connection, "entries_of_places", ids=ids):
        rows.setdefault(row["event_key"], row)
    known = _known_values(connection, rows.values())
    covered = [row for row in rows.values() if moment.covers(row["occurred_at"], row["recorded_at"])]
    events = [replace(event_of(row, known), owner=row["first_owner"]) for row in covered]
    return _as_recorded(connection, log, keys, events)


def _known_values(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> dict[Token, tuple[str, str]]:
    tokens = sorted({token for row in rows for token in row["tokens"]})
    return {one.token: (one.type, one.value) for one in named(connection, tokens)}


def _as_recorded(
    connection: Connection, log: EventLog, keys: KeyStore, events: Sequence[Event]
) -> list[Event]:
    """Events as they came in, before any correction: the picture applies the corrections of then itself."""
    rows = connection.execute(SQL["corrections_of"], {"keys": [event.key for event in events]}).fetchall()
    if not rows:
        return list(events)
    records = log.find([target for target, _ in rows])
    originals = {one.key: one for one in open_records(list(records.values()), keys) if isinstance(one, Event)}
    return [originals.get(event.key, event) for event in events]


def _profile(then: Picture, tokens: Set[Token]) -> ProfileState:
    return merge_all(
        one.state for (kind, _), one in then.entities.items() if kind == "profile" and one.owner in tokens
    )
