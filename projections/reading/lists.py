"""Lists of one kind, single entities, the messages of a conversation, and the queue of follow-ups."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from klantbeeld.domain.times import EARLIEST, NEVER, from_text, to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.brief import waiting_conversations
from projections.reading.cursors import Cursors
from projections.reading.problems import UnknownEntity
from projections.reading.shapes import Shapes, Shown, shown
from projections.reading.timeline import MOST_BYTES, entries, row_of, within_budget

SQL = load(__package__, "queries.sql")
NO_ID = "00000000-0000-0000-0000-000000000000"


def of_kind(
    connection: Connection,
    shapes: Shapes,
    cursors: Cursors,
    tokens: Sequence[str],
    kind: str,
    *,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """`{items, next_cursor}` of a customer's entities of one kind, newest first. Raises `BadCursor`."""
    before, after = _place(cursors, cursor, {"list": kind})
    values = {"tokens": list(tokens), "kind": kind, "before": before, "after_id": after, "limit": limit + 1}
    found = [shown(row) for row in connection.execute(SQL["entity_page"], values)]
    shapes = with_waiting(connection, shapes, found)
    more, found = len(found) > limit, found[:limit]
    place = (to_text(found[-1].sort_at), found[-1].id) if more else None
    shape = shapes.contact if kind == "conversation" else shapes.of
    return {
        "items": [shape(one) for one in found],
        "next_cursor": cursors.make(place, {"list": kind}) if place else None,
    }


def with_waiting(connection: Connection, shapes: Shapes, found: Sequence[Shown]) -> Shapes:
    """The same shapes, knowing which conversations wait that these follow-ups belong to."""
    return replace(shapes, waiting=waiting_conversations(connection, found))


def one_of(connection: Connection, kind: str, id_: str) -> Shown:
    """Raises `UnknownEntity`."""
    row = connection.execute(SQL["entities"], {"ids": [id_]}).fetchone()
    if row is None or row[1] != kind:
        raise UnknownEntity
    return shown(row)


def messages(
    connection: Connection,
    cursors: Cursors,
    conversation: str,
    *,
    cursor: str | None,
    limit: int,
    language: str,
) -> dict[str, Any]:
    """`{items, next_cursor}`: what was said and done in a conversation, oldest first. Raises `BadCursor`."""
    bound = {"conversation": conversation}
    place: tuple[str, int, str, str] = (to_text(EARLIEST), -(2**63), "", "")
    if cursor:
        _, place = cursors.read(cursor, bound, tuple[str, int, str, str])
    values = {
        "conversation": conversation,
        "at": from_text(place[0]),
        "sequence": place[1],
        "source": place[2],
        "id": place[3],
        "limit": limit + 1,
        "bytes": MOST_BYTES,
    }
    found = [row_of(row) for row in connection.execute(SQL["messages"], values)]
    rows = within_budget(found[:limit])
    more = len(rows) < len(found)
    last = rows[-1].order if more else None
    after = last and (to_text(last.occurred_at), last.sequence, last.source, last.id)
    return {
        "items": entries(connection, rows, language),
        "next_cursor": cursors.make(after, bound) if after else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """Which follow-ups; None does not filter. `unassigned` asks for those that are nobody's."""

    states: tuple[str, ...] | None = None
    teams: tuple[str, ...] | None = None
    assignee: str | None = None
    unassigned: bool = False
    kinds: tuple[str, ...] | None = None
    priority: int | None = None
    due_before: datetime | None = None

    def key(self) -> dict[str, Any]:
        found = asdict(self)
        return {**found, "due_before": self.due_before and to_text(self.due_before)}


def queue(
    connection: Connection,
    shapes: Shapes,
    cursors: Cursors,
    filters: QueueFilters,
    *,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """`{items, next_cursor}` by due time (those without last), priority, id. Raises `BadCursor`."""
    due, rank, id_ = to_text(EARLIEST), -1, NO_ID
    if cursor:
        _, (due, rank, id_) = cursors.read(cursor, filters.key(), tuple[str, int, str])
    values = {
        "now": shapes.now,
        "due": datetime.fromisoformat(due),
        "rank": rank,
        "id": id_,
        "teams": filters.teams and list(filters.teams),
        "assignee": filters.assignee,
        "unassigned": filters.unassigned,
        "kinds": filters.kinds and list(filters.kinds),
        "priority": filters.priority,
        "due_before": filters.due_before,
        "states": filters.states and list(filters.states),
        "limit": limit + 1,
    }
    rows = connection.execute(SQL["queue"], values).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    found = [shown(row) for row in rows]
    shapes = with_waiting(connection, shapes, found)
    items = [{**shapes.follow_up(one), "customer_id": row[10]} for one, row in zip(found, rows, strict=True)]
    place = (to_text(rows[-1][8]), rows[-1][9], rows[-1][0]) if more else None
    return {"items": items, "next_cursor": cursors.make(place, filters.key()) if place else None}


def queue_counts(connection: Connection, now: datetime) -> dict[str, Any]:
    """How many follow-ups are to be done: by state, by team, how many are nobody's, how many overdue."""
    counts: dict[str, Any] = {"total": 0, "overdue": 0, "unassigned": 0, "by_state": {}, "by_team": {}}
    for state, team, nobody, overdue, count in connection.execute(SQL["queue_counts"], {"now": now}):
        counts["total"] += count
        counts["overdue"] += count if overdue and state == "open" else 0
        counts["unassigned"] += count if nobody else 0
        counts["by_state"][state] = counts["by_state"].get(state, 0) + count
        counts["by_team"][team or ""] = counts["by_team"].get(team or "", 0) + count
    return counts


def _place(cursors: Cursors, cursor: str | None, bound: dict[str, Any]) -> tuple[datetime, str]:
    if cursor is None:
        return NEVER, NO_ID
    _, (at, id_) = cursors.read(cursor, bound, tuple[str, str])
    return from_text(at), id_
