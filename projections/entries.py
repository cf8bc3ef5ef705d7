"""The timeline: one row an event, under its owner; and the way back from a row to the event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import dict_row

from klantbeeld.domain.events.catalogue import CATALOGUE, EventType
from klantbeeld.domain.events.event import Event, EventKey, FoldOrder, Identified, Token
from klantbeeld.domain.events.markers import trusted
from klantbeeld.domain.folding import Routes
from klantbeeld.domain.values import value
from klantbeeld.log.decoding import decode_data
from klantbeeld.log.postgres.database import Connection, Database, array_literal, copied, copy_text, instant
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")
Row = Mapping[str, Any]


@value
class Places:
    """The entity ids under which an entry is found again."""

    interaction: str | None = None
    conversation: str | None = None
    order: str | None = None
    agreement: str | None = None
    follow_up: str | None = None


@dataclass(slots=True)
class Entry:
    """An event on its way to a row. `first_owner` is the owner it was recorded under; attribution may name another."""

    event: Event
    routes: Routes
    places: Places
    first_owner: Token


def places(routes: Routes, names: Names) -> Places:
    """The entity ids of what an event belongs to."""
    return Places(
        interaction=_id(names, "interaction", routes.interaction),
        conversation=_id(names, "conversation", routes.conversation),
        order=_id(names, "order", routes.order),
        agreement=_id(names, "agreement", routes.agreement),
        follow_up=_id(names, "follow_up", routes.follow_up),
    )


@contextmanager
def inserting(
    connection: Connection, entries: Iterable[Entry], digests: Mapping[EventKey, bytes] | None = None
) -> Iterator[None]:
    """Another thread hands the rows to PostgreSQL, which has them at the end of the block. Inside, the connection is
    taken. `digests` are kept where the log cannot be asked for them quickly: they tell a repeat from another event.
    """
    kept = digests or {}
    lines = [f"{_line(entry)}\t{_digest(kept.get(entry.event.key))}" for entry in entries]
    with ThreadPoolExecutor(1, thread_name_prefix="insert") as other:
        inserted = other.submit(copy_text, connection.cursor(), SQL["copy_entries"], lines)
        yield
        inserted.result()


def fetch(connection: Connection, query: str, **values: Any) -> Sequence[Row]:
    """Rows of the timeline by one of the named queries."""
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(SQL[query], values).fetchall()


def event_of(row: Row, known: Mapping[Token, tuple[str, str]] | None = None) -> Event:
    """The event as it now stands. `known` gives type and value of its tokens, for callers that need them."""
    names = known or {}
    event_type, raw = CATALOGUE[row["type"]], row["data"].encode()
    return Event(
        key=row["event_key"],
        type=row["type"],
        order=FoldOrder(row["occurred_at"], row["sequence"], row["source"], row["id"]),
        recorded_at=row["recorded_at"],
        owner=row["owner"],
        identifiers=tuple(
            Identified(token, *names.get(token, ("", "")), strength)
            for token, strength in zip(row["tokens"], row["strengths"], strict=True)
        ),
        data=_stored_data(raw, event_type, row["version"]),
        raw_data=raw,
        version=row["version"],
        history=row["history"],
        zone=row["zone"],
        pointed=row["pointed"],
        position=row["position"],
        partition=row["partition"],
    )


def _stored_data(raw: bytes, event_type: EventType, version: int) -> Any:
    with trusted():
        return decode_data(raw, event_type, version)


def existing(connection: Connection, keys: Sequence[EventKey]) -> set[EventKey]:
    return {key for (key,) in connection.execute(SQL["known_entries"], {"keys": array_literal(keys)})}


def recorded(database: Database, keys: Sequence[EventKey]) -> dict[EventKey, tuple[int, int, bytes | None]]:
    """Partition, position and digest of those of these events that were processed."""
    with database.connection() as connection:
        rows = connection.execute(SQL["places_of"], {"keys": array_literal(keys)})
        return {key: (partition, position, digest) for key, partition, position, digest in rows}


def reroute(connection: Connection, entry: Entry) -> None:
    """Write an entry's owner, places, identifiers and data anew; its key and times never change."""
    event, where = entry.event, entry.places
    values = {
        "key": event.key,
        "owner": event.owner,
        "first_owner": entry.first_owner,
        "tokens": [one.token for one in event.identifiers],
        "strengths": [one.strength for one in event.identifiers],
        "channel": getattr(event.data, "channel", None),
        "direction": getattr(event.data, "direction", None),
        "agent_id": agent_of(event),
        "interaction_id": where.interaction,
        "conversation_id": where.conversation,
        "order_id": where.order,
        "agreement_id": where.agreement,
        "follow_up_id": where.follow_up,
        "data": event.raw_data.decode(),
    }
    connection.execute(SQL["reroute_entry"], values)


def with_owner(entry: Entry, owner: Token) -> Entry:
    return replace(entry, event=replace(entry.event, owner=owner))


def _line(entry: Entry) -> str:
    """The row in COPY's text format, in the order of `copy_entries`."""
    event, where, order, data = entry.event, entry.places, entry.event.order, entry.event.data
    told = event.identifiers
    return "\t".join(
        (
            event.key,
            str(event.partition),
            str(event.position),
            event.type,
            str(event.version),
            instant(order.occurred_at),
            str(order.sequence),
            copied(order.source),
            copied(order.id),
            instant(event.recorded_at),
            event.owner,
            entry.first_owner,
            array_literal([one.token for one in told]),
            array_literal([str(one.strength) for one in told]),
            event.pointed or "\\N",
            getattr(data, "channel", None) or "\\N",
            getattr(data, "direction", None) or "\\N",
            copied(agent_of(event)),
            where.interaction or "\\N",
            where.conversation or "\\N",
            where.order or "\\N",
            where.agreement or "\\N",
            where.follow_up or "\\N",
            "t" if event.history else "f",
            copied(event.zone),
            copied(event.raw_data.decode()),
        )
    )


def _digest(digest: bytes | None) -> str:
    return f"\\\\x{digest.hex()}" if digest else "\\N"


def agent_of(event: Event) -> str | None:
    """Who of us did it: the agent in the conversation, whoever made the promise, or whoever gave the command."""
    data = event.data
    agent, made_by = getattr(data, "agent", None), getattr(data, "made_by", None)
    if agent:
        return str(agent.id)
    if made_by and made_by.kind == "agent":
        return made_by.id if made_by.id is None else str(made_by.id)
    by = getattr(data, "by", None)
    return by if isinstance(by, str) else None


def _id(names: Names, kind: str, external_id: str | None) -> str | None:
    return None if external_id is None else names.entity(kind, external_id)
