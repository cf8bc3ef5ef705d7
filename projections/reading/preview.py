"""What moves from whom to whom when a person links or unlinks: told before anything is written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity import Known, customer_id
from klantbeeld.domain.profiles import ProfileState, merge_all
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.identities import Moved
from projections.reading.customers import Named, shown_name
from projections.reading.naming import profiles
from projections.reading.shapes import Shapes, Shown, shown
from projections.reading.supposing import Supposition

SQL = load(__package__, "identity.sql")
MOST_OPEN: Final = 50
"""Open agreements, and open follow-ups, that are told one by one of what goes from one customer to another, and
identifiers likewise; their counts are whole."""
MOST_IDENTIFIERS: Final = 100
MOST_READ: Final = 1_000
COUNTED: Final = {"order": "orders", "conversation": "conversations"}
OPEN: Final = {"agreement": "open_agreements", "follow_up": "open_follow_ups"}
Heads = Mapping[Token, Token | None]


@dataclass(frozen=True, slots=True)
class _Owned:
    """What lies under some identifiers: counts, and what is still to be done."""

    counts: dict[str, dict[Token, int]]
    open: Sequence[Shown]


def told(
    connection: Connection, shapes: Shapes, found: Supposition, asked: Sequence[Token]
) -> dict[str, Any]:
    """`{before, after, moves}`. `before` and `after` hold the customers concerned, also who keeps the rest; `moves` who
    loses what to whom.
    """
    moved = found.moved
    concerned = {*asked, *(one.token for one in moved)}
    left = {found.before[token] for token in concerned} - {None}
    joined = {found.after[token] for token in concerned} - {None}
    staying = {head for token, head in found.after.items() if head == found.before[token]}
    old, new = left | (joined & staying), joined | (left & staying)
    profile_of, _ = profiles(connection, [head for head in old if head])
    owned = _owned(connection, shapes, [one.token for one in moved if one.token not in found.unseen])
    return {
        "before": _customers(found.known, found.before, old, profile_of),
        "after": _customers(found.known, found.after, new, profile_of),
        "moves": _moves(found.known, moved, owned, shapes),
    }


def _customers(
    known: Mapping[Token, Known],
    heads: Heads,
    wanted: Iterable[Token | None],
    profile_of: Mapping[Token, ProfileState],
) -> list[dict[str, Any]]:
    members: dict[Token, list[Token]] = defaultdict(list)
    for token, head in heads.items():
        if head:
            members[head].append(token)
    found = []
    for head in wanted:
        assert head
        own = _named(known, members[head])
        profile = merge_all(profile_of[one.token] for one in own if one.token in profile_of)
        found.append(
            {
                "customer_id": customer_id(head),
                "display_name": shown_name(profile, own),
                **_listed(own),
            }
        )
    return sorted(found, key=lambda one: str(one["customer_id"]))


def _moves(
    known: Mapping[Token, Known], moved: Sequence[Moved], owned: _Owned, shapes: Shapes
) -> list[dict[str, Any]]:
    """One for each two customers between whom something moves."""
    groups: dict[tuple[str | None, str | None], list[Token]] = defaultdict(list)
    for one in moved:
        groups[_id(one.before), _id(one.after)].append(one.token)
    found = []
    for (before, after), tokens in sorted(groups.items(), key=lambda group: str(group[0])):
        mine = set(tokens)
        open_ = [one for one in owned.open if one.owner in mine]
        agreements = [one for one in open_ if one.kind == "agreement"][:MOST_OPEN]
        follow_ups = [one for one in open_ if one.kind == "follow_up"][:MOST_OPEN]
        found.append(
            {
                "from": before,
                "to": after,
                **_listed(_named(known, tokens)),
                **{
                    name: sum(counts.get(token, 0) for token in tokens)
                    for name, counts in owned.counts.items()
                },
                "agreements": [shapes.agreement(one) for one in agreements],
                "follow_ups": [shapes.follow_up(one) for one in follow_ups],
            }
        )
    return found


def _owned(connection: Connection, shapes: Shapes, tokens: Sequence[Token]) -> _Owned:
    counts: dict[str, dict[Token, int]] = {
        "entries": {},
        **{name: {} for name in (*COUNTED.values(), *OPEN.values())},
    }
    if not tokens:
        return _Owned(counts, ())
    counts["entries"] = dict(connection.execute(SQL["count_entries"], {"tokens": tokens}).fetchall())
    values: dict[str, Any] = {"tokens": tokens, "now": shapes.now, "kinds": list(COUNTED)}
    for token, kind, count in connection.execute(SQL["count_entities"], values):
        counts[COUNTED[kind]][token] = count
    values = {**values, "kinds": list(OPEN), "limit": MOST_OPEN, "most": MOST_READ}
    for token, kind, count in connection.execute(SQL["count_open"], values):
        counts[OPEN[kind]][token] = count
    return _Owned(counts, [shown(row) for row in connection.execute(SQL["open_under"], values)])


def _named(known: Mapping[Token, Known], tokens: Iterable[Token]) -> list[Named]:
    found = (Named(token, known[token].type, known[token].value) for token in tokens)
    return sorted(found, key=lambda one: (one.type, one.value))


def _listed(own: Sequence[Named]) -> dict[str, Any]:
    return {"identifiers": [_shown(one) for one in own[:MOST_IDENTIFIERS]], "identifier_count": len(own)}


def _shown(one: Named) -> dict[str, str]:
    return {"type": one.type, "value": one.value}


def _id(head: Token | None) -> str | None:
    return customer_id(head) if head else None
