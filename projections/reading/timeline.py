"""Pages of a customer's timeline: one index descent an identifier, merged; never a sort of the whole history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from klantbeeld.domain.events.event import FoldOrder
from klantbeeld.domain.times import EARLIEST, NEVER, from_text, to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.entities import load_entities
from projections.reading.cursors import Cursors
from projections.reading.titles import text, title

SQL = load(__package__, "queries.sql")
Place = tuple[str, int, str, str]
_plain = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to show. `since` inclusive, `until` exclusive; None does not filter."""

    channels: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    agent: str | None = None
    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def key(self) -> dict[str, Any]:
        """What a cursor is bound to."""
        found = asdict(self)
        return {name: to_text(part) if isinstance(part, datetime) else part for name, part in found.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as stored."""

    key: str
    type: str
    version: int
    order: FoldOrder
    recorded_at: datetime
    channel: str | None
    direction: str | None
    interaction: str | None
    conversation: str | None
    data: str


def page(
    connection: Connection,
    names: Names,
    cursors: Cursors,
    tokens: Sequence[str],
    filters: Filters,
    *,
    cursor: str | None,
    limit: int,
    language: str,
) -> dict[str, Any]:
    """`{items, next_cursor, prev_cursor}`, newest first. Raises `BadCursor`."""
    back, place = cursors.read(cursor, filters.key(), Place) if cursor else (False, None)
    rows = _rows(connection, tokens, filters, place, limit + 1, back)
    more, rows = len(rows) > limit, rows[:limit]
    if back:
        rows = rows[::-1]
    oldest = rows[-1].order if rows else None
    newest = rows[0].order if rows else None
    older = bool(rows) and (more or back)
    return {
        "items": entries(connection, rows, language),
        "next_cursor": cursors.make(_place(oldest), filters.key()) if older and oldest else None,
        "prev_cursor": cursors.make(_place(newest), filters.key(), back=True)
        if newest
        else (cursor if back else None),
    }


def entries(
    connection: Connection, rows: Sequence[Row], language: str, states: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows as the contract shows them, with what happened to their interactions afterwards.

    `states` gives that for a moment in the past; absent, it is what holds now.
    """
    later = _later(connection, rows) if states is None else states
    return [_entry(row, later.get(row.interaction or ""), language) for row in rows]


def row_of(columns: Sequence[Any]) -> Row:
    (
        key,
        type_,
        version,
        at,
        sequence,
        source,
        id_,
        recorded_at,
        channel,
        direction,
        interaction,
        conversation,
        data,
    ) = columns
    order = FoldOrder(at, sequence, source, id_)
    return Row(key, type_, version, order, recorded_at, channel, direction, interaction, conversation, data)


def _rows(
    connection: Connection,
    tokens: Sequence[str],
    filters: Filters,
    place: Place | None,
    limit: int,
    back: bool,
) -> list[Row]:
    at, sequence, source, id_ = _start(filters, place)
    values = {
        "tokens": list(tokens),
        "at": at,
        "sequence": sequence,
        "source": source,
        "id": id_,
        "from": filters.since or EARLIEST,
        "to": filters.until or NEVER,
        "channels": _listed(filters.channels),
        "types": _listed(filters.types),
        "agent": filters.agent,
        "order_id": filters.order_id,
        "limit": limit,
    }
    with connection.transaction():
        connection.execute("SET LOCAL enable_bitmapscan = off")
        return [
            row_of(row)
            for row in connection.execute(SQL["timeline_forth" if back else "timeline_back"], values)
        ]


def _start(filters: Filters, place: Place | None) -> tuple[datetime, int, str, str]:
    if place is not None:
        return from_text(place[0]), *place[1:]
    return filters.until or NEVER, -(2**63), "", ""


def _place(order: FoldOrder | None) -> Place | None:
    return None if order is None else (to_text(order.occurred_at), order.sequence, order.source, order.id)


def _listed(wanted: Iterable[str] | None) -> list[str] | None:
    return None if wanted is None else list(wanted)


def _later(connection: Connection, rows: Sequence[Row]) -> dict[str, Any]:
    ids = sorted({row.interaction for row in rows if row.interaction})
    return {id_: entity.state for id_, entity in load_entities(connection, ids).items()} if ids else {}


def _entry(row: Row, later: Any, language: str) -> dict[str, Any]:
    data = _plain(row.data)
    raw: Any = msgspec.Raw(row.data.encode())
    said = text(data)
    if later is not None and row.type in (
        "interaction.recorded",
        "interaction.started",
        "interaction.amended",
    ):
        data, raw, said = _as_it_stands(data, raw, said, later)
    return {
        "entry_id": row.key,
        "event_id": row.key,
        "source": row.order.source,
        "external_id": row.order.id,
        "type": row.type,
        "occurred_at": to_text(row.order.occurred_at),
        "recorded_at": to_text(row.recorded_at),
        "channel": row.channel,
        "direction": row.direction,
        "title": title(row.type, data, language),
        "text": said,
        "agent": data.get("agent"),
        "conversation_id": row.conversation,
        "interaction_id": row.interaction,
        "data": raw,
    }


def _as_it_stands(
    data: dict[str, Any], raw: Any, said: str | None, later: Any
) -> tuple[dict[str, Any], Any, str | None]:
    """A removed message loses its words; an amended one shows the new ones, and keeps the data as recorded."""
    if not later.removed:
        return data, raw, said if later.text is None else later.text
    kept: Mapping[str, Any] = {k: v for k, v in data.items() if k not in ("text", "subject", "attachments")}
    return dict(kept), {**kept, "removed": True}, None
