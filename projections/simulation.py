"""Other rules tried on all there is: who would be who, and what would change hands. Nothing is written.

The same computation as a change of rules, on one snapshot, in a transaction that PostgreSQL keeps from writing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import sql

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity.resolution import Resolution, customer_id
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.log.postgres.database import Connection, Database
from klantbeeld.log.sql import load
from projections import ruling
from projections.identities import Identities
from projections.rejudging import Rejudging

SQL = load(__package__, "simulation.sql")
FIRST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One customer that would come of several, or become several. `others`: the ids of those, but for its own;
    `identifiers`: how many it has of each type, together.
    """

    customer_id: str
    others: tuple[str, ...]
    identifiers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How many there are, and the first of them by customer id."""

    count: int
    first: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Identifiers of one type that the rules judge otherwise."""

    become_shared: int
    cease_shared: int
    become_junk: int
    cease_junk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What other rules would do. `identifiers` by type; the rest counts what would belong to another customer than now,
    or to nobody.
    """

    version: str | None
    customers_before: int
    customers_after: int
    merged: Changes
    split: Changes
    identifiers: Mapping[str, Judged]
    agreements: int
    follow_ups: int
    orders: int
    entries: int


def simulate(
    database: Database, first: Rules, proposed: Rules, now: datetime, *, limit: int = FIRST
) -> Effect:
    """The effect of these rules in the place of those in force; `first` hold when no event has changed them. `now`: at
    which agreements are open.
    """
    connection = database.dedicated()
    try:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        return _tried(connection, database.read_schema, first, proposed, now, limit)
    finally:
        connection.close()


def _tried(
    connection: Connection, live: str, first: Rules, proposed: Rules, now: datetime, limit: int
) -> Effect:
    found = ruling.in_force(connection)
    trial = Rejudging(connection, found.rules if found else first, proposed, writes=False)
    trial.prepare()
    for statement in SQL["trial"].split(";"):
        connection.execute(sql.SQL(statement).format(live=sql.Identifier(live)))
    connection.execute(SQL["read_only"])
    trial.judge()
    for identities, resolution in trial.settle():
        _note(connection, identities, resolution)
    before, more = _row(connection, "customers")
    things: dict[str, int] = dict(connection.execute(SQL["moved_entities"], {"now": now}).fetchall())
    return Effect(
        version=found.version if found else None,
        customers_before=before,
        customers_after=before + more,
        merged=_changes(connection, "merged", "types_after", limit),
        split=_changes(connection, "split", "types_before", limit),
        identifiers={type_: _judged(counts) for type_, *counts in connection.execute(SQL["rejudged"])},
        agreements=things.get("agreement", 0),
        follow_ups=things.get("follow_up", 0),
        orders=things.get("order", 0),
        entries=_row(connection, "moved_entries")[0],
    )


def _note(connection: Connection, identities: Identities, resolution: Resolution) -> None:
    tokens = list(resolution.head)
    held = [identities.held(token) for token in tokens]
    values = {
        "tokens": tokens,
        "types": [one.known.type for one in held],
        "before": [one.head for one in held],
        "after": [resolution.head[token] for token in tokens],
    }
    connection.execute(SQL["resettle"], values)


def _changes(connection: Connection, query: str, types: str, limit: int) -> Changes:
    rows = connection.execute(SQL[query], {"limit": max(limit, 1)}).fetchall()
    heads = [row[0] for row in rows][:limit]
    counted: dict[Token, dict[str, int]] = defaultdict(dict)
    for head, type_, number in connection.execute(SQL[types], {"heads": heads}):
        counted[head][type_] = number
    first = [
        Change(
            customer_id=customer_id(head),
            others=tuple(sorted(customer_id(part) for part in parts if part != head)),
            identifiers=dict(sorted(counted[head].items())),
        )
        for head, parts, _ in rows[:limit]
    ]
    return Changes(count=rows[0][2] if rows else 0, first=tuple(first))


def _judged(counts: Sequence[int]) -> Judged:
    become_shared, cease_shared, become_junk, cease_junk = counts
    return Judged(
        become_shared=become_shared, cease_shared=cease_shared, become_junk=become_junk, cease_junk=cease_junk
    )


def _row(connection: Connection, query: str) -> Sequence[Any]:
    row = connection.execute(SQL[query]).fetchone()
    assert row
    return row
