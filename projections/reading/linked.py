"""How we know who a customer is: every pair of identifiers that evidence or a person speaks of, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

import msgspec

from klantbeeld.domain.events.event import EventKey, Token
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import Evidence, customer_id, standing
from klantbeeld.domain.times import EARLIEST, from_text, to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.evidence import evidence_in
from projections.reading.cursors import Cursors
from projections.reading.customers import Named, Who, named
from projections.reading.link_ids import Pair, link_id
from projections.reading.lists import NO_ID
from projections.reading.proven import stated

SQL = load(__package__, "identity.sql")
STORED = load("projections", "queries.sql")
State = Literal["active", "refused", "shared", "overruled", "withdrawn", "junk"]
Place = tuple[str, Token, Token, str]
BOUND = {"list": "identity"}


@dataclass(frozen=True, slots=True)
class _Told:
    """An event behind a piece of evidence. `by` and `reason` are a person's."""

    type: str
    by: str | None
    reason: str | None


class _Reasoned(msgspec.Struct):
    reason: str | None = None


_reasoned = msgspec.json.Decoder(_Reasoned).decode


def page(
    connection: Connection, names: Names, cursors: Cursors, who: Who, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """`{items, next_cursor}`, in the order in which things were first said. Raises `BadCursor`."""
    rows = connection.execute(
        SQL["links_page"],
        {"tokens": who.tokens, "limit": limit + 1, **_start(cursors, cursor)},
    ).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    place = (to_text(rows[-1][4]), *rows[-1][:3]) if more else None
    return {
        "items": _items(connection, names, rows),
        "next_cursor": cursors.make(place, BOUND) if place else None,
    }


def identifiers(connection: Connection, who: Who) -> list[dict[str, Any]]:
    """Each identifier with the surest word on it. `stated`: by nothing but assertion this customer's."""
    rows = connection.execute(SQL["sightings"], {"tokens": who.tokens})
    seen: dict[Token, tuple[int, datetime]] = {token: (strength, at) for token, strength, at in rows}
    unproven = stated(connection, who)
    return [
        {
            "type": one.type,
            "value": one.value,
            "strength": Strength(seen[one.token][0]).name if one.token in seen else None,
            "stated": one.token in unproven,
            "first_seen_at": to_text(seen[one.token][1]) if one.token in seen else None,
        }
        for one in who.identifiers
    ]


def pieces_of(connection: Connection, pairs: Iterable[Pair]) -> Mapping[Pair, list[Evidence]]:
    """All stored evidence of these pairs, people's word among it, each pair's in fold order."""
    found: dict[Pair, list[Evidence]] = defaultdict(list)
    for row in connection.execute(STORED["evidence_of_pairs"], _columns(pairs)):
        piece = evidence_in(row)
        found[piece.pair].append(piece)
    for pieces in found.values():
        pieces.sort(key=lambda piece: piece.order)
    return found


def newest_word(pieces: Sequence[Evidence]) -> Evidence | None:
    """The link or unlink of a pair that counts; `pieces` is all that was said of it."""
    return max(_words(pieces), key=lambda one: one.order, default=None)


def newest_decision(pieces: Sequence[Evidence]) -> list[Evidence]:
    """The word that counts, and the same word as often as it was said before without another between."""
    newest_first = sorted(_words(pieces), key=lambda one: one.order, reverse=True)
    return list(takewhile(lambda one: one.kind == newest_first[0].kind, newest_first))


def _words(pieces: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in standing(pieces) if one.kind != "evidence"]


def _start(cursors: Cursors, cursor: str | None) -> dict[str, Any]:
    at, a, b, kind = to_text(EARLIEST), NO_ID, NO_ID, ""
    if cursor:
        _, (at, a, b, kind) = cursors.read(cursor, BOUND, Place)
    return {"at": from_text(at), "a": a, "b": b, "kind": kind}


def _items(connection: Connection, names: Names, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    pairs = sorted({(row[0], row[1]) for row in rows})
    pieces = pieces_of(connection, pairs)
    ends = {one.token: one for one in named(connection, sorted({end for pair in pairs for end in pair}))}
    refused = {(a, b): reason for a, b, reason in connection.execute(SQL["refused"], _columns(pairs))}
    told = _told(connection, {_key(names, one) for found in pieces.values() for one in found})
    return [
        _item(names, kind, strength, pieces[a, b], (ends[a], ends[b]), refused.get((a, b)), told)
        for a, b, kind, strength, _ in rows
    ]


def _item(
    names: Names,
    kind: str,
    strength: int,
    pieces: Sequence[Evidence],
    ends: tuple[Named, Named],
    refused: str | None,
    told: Mapping[EventKey, _Told],
) -> dict[str, Any]:
    own = [one for one in pieces if one.kind == kind]
    stands = any(one.kind == kind for one in standing(pieces))
    state = _state(kind, strength, newest_word(pieces), ends, refused) if stands else "withdrawn"
    back = {one.takes_back: one for one in reversed(pieces) if one.takes_back}
    return {
        "link_id": link_id(ends[0].token, ends[1].token),
        "kind": kind,
        "state": state,
        "reason": refused if state == "refused" else None,
        "strength": Strength(strength).name,
        "time": to_text(own[0].order[0]),
        "identifiers": [_end(one) for one in ends],
        "evidence": [_evidence(names, one, told, back.get(one.order[2:4])) for one in own],
    }


def _state(
    kind: str, strength: int, word: Evidence | None, ends: tuple[Named, Named], refused: str | None
) -> State:
    """What became of one kind of evidence on a pair: a person's newest word first, then what the rules say."""
    if any(one.junk for one in ends):
        return "junk"
    if kind == "unlink" or (word and word.kind == "unlink"):
        return "active" if word and word.kind == kind else "overruled"
    is_claim = kind == "evidence" and strength < Strength.verified
    if any(one.shared or (one.contested and is_claim) for one in ends):
        return "shared"
    return "refused" if refused else "active"


def _end(one: Named) -> dict[str, Any]:
    return {"type": one.type, "value": one.value, "customer_id": customer_id(one.head) if one.head else None}


def _evidence(
    names: Names, one: Evidence, told: Mapping[EventKey, _Told], back: Evidence | None
) -> dict[str, Any]:
    is_void = back is not None and one.kind != "evidence"
    return {
        **_event(names, one, told),
        "strength": one.strength.name,
        "withdrawn": _event(names, back, told) if back and is_void else None,
    }


def _event(names: Names, one: Evidence, told: Mapping[EventKey, _Told]) -> dict[str, Any]:
    at, _, source, external_id, _ = one.order
    key = _key(names, one)
    event = told.get(key) or _Told("", None, None)
    return {
        "event_id": key,
        "source": source,
        "external_id": external_id,
        "type": event.type,
        "occurred_at": to_text(at),
        "recorded_at": to_text(one.recorded_at),
        "by": event.by,
        "reason": event.reason,
    }


def _told(connection: Connection, keys: Iterable[EventKey]) -> dict[EventKey, _Told]:
    found = {}
    for key, type_, by, data in connection.execute(SQL["told"], {"keys": list(keys)}):
        found[key] = _Told(type_, by if data else None, _reasoned(data).reason if data else None)
    return found


def _key(names: Names, one: Evidence) -> EventKey:
    return names.event(one.order[2], one.order[3])


def _columns(pairs: Iterable[Pair]) -> dict[str, list[Token]]:
    listed = list(pairs)
    return {"a": [a for a, _ in listed], "b": [b for _, b in listed]}
