"""Pages of a customer's timeline: one index descent an identifier, merged; never a sort of the whole history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

import msgspec

from klantbeeld.domain.events.event import FoldOrder
from klantbeeld.domain.times import EARLIEST, NEVER, from_text, to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.entities import load_entities
from projections.reading.cursors import Cursors
from projections.reading.titles import Heard, heard, title

SQL = load(__package__, "queries.sql")
Place = tuple[str, int, str, str]
MOST_BYTES: Final = 4 * 1024 * 1024
"""How much data a page holds; what does not fit comes with the next."""


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
    found = _rows(connection, tokens, filters, place, limit + 1, back)
    rows = within_budget(found[:limit])
    more = len(rows) < len(found)
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


def within_budget(rows: Sequence[Row]) -> list[Row]:
    """The rows before the first that came without its data: a page holds so many bytes and no more."""
    return list(takewhile(lambda row: row.data is not None, rows))


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
        "bytes": MOST_BYTES,
    }
    query = SQL["timeline_forth" if back else "timeline_back"]
    return [row_of(row) for row in connection.execute(query, values)]


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
    told, raw = heard(row.data), _raw(row)
    said = told.words
    if later is not None and row.type in TOLD_OF_MESSAGES:
        told, raw, said = _as_it_stands(told, raw, later)
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
        "title": title(row.type, told, language),
        "text": said,
        "agent": told.doer,
        "conversation_id": row.conversation,
        "interaction_id": row.interaction,
        "data": raw,
    }


TOLD_OF_MESSAGES: Final = ("interaction.recorded", "interaction.started", "interaction.amended")
KEPT_OF_REMOVED: Final = frozenset(
    {
        *(
            "identifiers",
            "interaction_id",
            "conversation_id",
            "channel",
            "channel_detail",
            "direction",
            "agent",
        ),
        *("team", "queue", "bot", "queued_at", "answered_at", "ended_at", "outcome", "auto", "in_reply_to"),
    }
)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _raw(row: Row) -> Any:
    """The data byte for byte; of a correction only what it corrects: its words stand in that entry, if they still may."""
    if row.type == "event.corrected":
        return {"event": _members(row.data)["event"]}
    return msgspec.Raw(row.data.encode())


def _as_it_stands(told: Heard, raw: Any, later: Any) -> tuple[Heard, Any, str | None]:
    """A removed message keeps what is known not to be words; an amended one shows the new ones, its data as recorded."""
    if not later.removed:
        return told, raw, told.words if later.text is None else later.text
    kept = {name: part for name, part in _members(bytes(raw)).items() if name in KEPT_OF_REMOVED}
    return told.without_words(), {**kept, "removed": True}, None
