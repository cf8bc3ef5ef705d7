"""The review queue, what people have to decide about who is who: reported doubts, then conflicts, then suggestions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_exclusive
from klantbeeld.domain.times import EARLIEST, from_text, to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.entities import decoder
from projections.reading.cursors import Cursors
from projections.reading.customers import named
from projections.reading.link_ids import link_id
from projections.reading.lists import NO_ID
from projections.reading.naming import Person, people
from projections.reading.suggested import suggested

SQL = load(__package__, "identity.sql")
Kind = Literal["report", "conflict", "suggestion"]
KINDS: Final[tuple[Kind, ...]] = ("report", "conflict", "suggestion")
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One item without its customers; `heads` stand for them. `place` is where the list goes on after it; `pair`: the
    identifiers that a person may link or unlink, none in a report.
    """

    kind: Kind
    place: Place
    heads: Sequence[Token | None]
    item: Mapping[str, Any]
    pair: tuple[Token, Token] | None = None
    linkable: bool = True


def page(
    connection: Connection, cursors: Cursors, kinds: Sequence[Kind], *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """`{items, next_cursor}` of these kinds, each oldest first, suggestions best first. A page can be short, or empty,
    though the list goes on: then much of what it passed over was settled. Raises `BadCursor`.
    """
    bound = {"list": "identity_conflicts", "kinds": sorted(kinds)}
    start: tuple[str, Place] | None = None
    if cursor:
        _, start = cursors.read(cursor, bound, tuple[str, Place])
    found, further = _after(connection, [kind for kind in KINDS if kind in kinds], start, limit + 1)
    more, found = len(found) > limit, found[:limit]
    place = (found[-1].kind, found[-1].place) if more else further
    known = people(connection, {head for one in found for head in one.heads})
    return {
        "items": [_item(one, [known[head] for head in one.heads if head]) for one in found],
        "next_cursor": cursors.make(place, bound) if place else None,
    }


def _after(
    connection: Connection, kinds: Sequence[Kind], start: tuple[str, Place] | None, limit: int
) -> tuple[list[_Found], tuple[str, Place] | None]:
    """Kind after kind, from the place in the list on, and where to go on when it ended before all was looked through."""
    found: list[_Found] = []
    begun = start is None
    for kind in kinds:
        here = start is not None and start[0] == kind
        begun = begun or here
        if begun and len(found) < limit:
            after = start[1] if start and here else None
            if kind == "suggestion":
                listed, further = _suggestions(connection, after, limit - len(found))
                return found + listed, (kind, further) if further else None
            found += _SOURCES[kind](connection, after, limit - len(found))
    return found, None


def _reports(connection: Connection, after: Place | None, limit: int) -> Iterable[_Found]:
    at, id_ = after or (to_text(EARLIEST), NO_ID)
    values = {"at": from_text(at), "id": id_, "limit": limit}
    decode = decoder("follow_up").decode
    for id_, opened_at, state, type_, value, head in connection.execute(SQL["doubts"], values):
        item = {
            "follow_up_id": id_,
            "reason": decode(state).text,
            "time": to_text(opened_at),
            "identifiers": [{"type": type_, "value": value}],
        }
        yield _Found("report", (to_text(opened_at), id_), [head], item)


def _conflicts(connection: Connection, after: Place | None, limit: int) -> Iterable[_Found]:
    at, a, b = after or (to_text(EARLIEST), NO_ID, NO_ID)
    values = {"at": from_text(at), "a": a, "b": b, "limit": limit}
    for row in connection.execute(SQL["undecided"], values):
        a, b, kind, strength, reason, when, *ends = row
        item = {
            "link_id": link_id(a, b),
            "evidence": kind,
            "reason": reason,
            "strength": Strength(strength).name,
            "time": to_text(when),
            "identifiers": [_identifier(*ends[:2]), _identifier(*ends[3:5])],
        }
        place = to_text(when), a, b
        yield _Found("conflict", place, [ends[2], ends[5]], item, (a, b), linkable=kind != "link")


def _suggestions(
    connection: Connection, after: Place | None, limit: int
) -> tuple[list[_Found], Place | None]:
    """And from where to go on when there may be more."""
    made, further = suggested(connection, after[0] if after else None, limit)
    ends = {one.token: one for one in named(connection, sorted({t for one in made for t in one.pair}))}
    found = []
    for one in made:
        item = {
            "link_id": link_id(*one.pair),
            "score": one.score,
            "reasons": list(one.reasons),
            "time": to_text(one.since),
            "identifiers": [_identifier(ends[end].type, ends[end].value) for end in one.pair],
        }
        heads = [ends[end].head for end in one.pair]
        found.append(_Found("suggestion", (one.place,), heads, item, one.pair))
    return found, (further,) if further else None


_SOURCES: Final[Mapping[Kind, Callable[[Connection, Place | None, int], Iterable[_Found]]]] = {
    "report": _reports,
    "conflict": _conflicts,
}
_BLANK: Final[Mapping[str, Any]] = dict.fromkeys(
    ("link_id", "follow_up_id", "evidence", "reason", "reasons", "score", "strength")
)


def _item(found: _Found, customers: Sequence[Person]) -> dict[str, Any]:
    sides = [one.shown() for one in customers]
    return {
        "kind": found.kind,
        **_BLANK,
        **found.item,
        "customers": sides,
        "actions": list(_actions(found, customers)),
    }


def _actions(found: _Found, customers: Sequence[Person]) -> Iterator[dict[str, Any]]:
    """What settles it. A link names the pair that makes the two customers one as a whole."""
    if found.pair is None:
        yield {"action": "complete", "link_id": None, "follow_up_id": found.item["follow_up_id"]}
        return
    if found.linkable:
        both = len(customers) == 2
        pair = _uniting(customers[0], customers[1], found.pair) if both else found.pair
        yield {"action": "link", "link_id": link_id(*pair), "follow_up_id": None}
    yield {"action": "unlink", "link_id": link_id(*found.pair), "follow_up_id": None}
    if not found.linkable:
        yield {"action": "withdraw", "link_id": link_id(*found.pair), "follow_up_id": None}


def _uniting(one: Person, other: Person, pair: tuple[Token, Token]) -> tuple[Token, Token]:
    """Two values of one exclusive type, where there are any: whatever else is linked, they would part the two again."""
    mine = {each.type: each.token for each in one.identifiers if is_exclusive(each.type)}
    clashing = ((mine[each.type], each.token) for each in other.identifiers if each.type in mine)
    return next(clashing, pair)


def _identifier(type_: str, value: str) -> dict[str, str]:
    return {"type": type_, "value": value}
