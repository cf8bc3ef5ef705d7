"""Corrections as they are stored: for each corrected event the `event.corrected` that decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from klantbeeld.domain.corrections import corrected, names_target
from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.events.event import Event, EventKey, Identified
from klantbeeld.domain.identity import customer_id
from klantbeeld.domain.problems import Invalid
from klantbeeld.log.decoding import convert_named, decode_data
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.entries import event_of, fetch

SQL = load(__package__, "queries.sql")


def newest(names: Names, events: Iterable[Event]) -> dict[EventKey, Event]:
    """The winning correction of each target among these events."""
    found: dict[EventKey, Event] = {}
    for event in events:
        target = names_target(event)
        if target is None:
            continue
        key = names.event(*target)
        if key not in found or found[key].order < event.order:
            found[key] = event
    return found


def pending(connection: Connection, keys: Sequence[EventKey]) -> dict[EventKey, Event]:
    """The stored corrections of these events."""
    rows = connection.execute(SQL["corrections_of"], {"keys": array_literal(keys)}).fetchall()
    if not rows:
        return {}
    events = {
        row["event_key"]: event_of(row)
        for row in fetch(connection, "entries_by_key", keys=[r[1] for r in rows])
    }
    return {target: events[key] for target, key in rows if key in events}


def save(connection: Connection, target: EventKey, correction: Event) -> None:
    connection.execute(SQL["save_correction"], {"target": target, "event_key": correction.key})


def keep_originals(connection: Connection, events: Iterable[Event]) -> None:
    """Remember what these events said when they came; of one that is remembered already nothing changes.

    Their identifiers go with type and value: once corrected away, nothing else may know what a token stands for.
    """
    for event in events:
        values = {
            "event_key": event.key,
            "owner": event.owner,
            "tokens": [one.token for one in event.identifiers],
            "customer_ids": [customer_id(one.token) for one in event.identifiers],
            "strengths": [one.strength for one in event.identifiers],
            "types": [one.type for one in event.identifiers],
            "values": [one.value for one in event.identifiers],
            "data": event.raw_data.decode(),
        }
        connection.execute(SQL["save_original"], values)


def original(connection: Connection, stored: Event) -> Event:
    """A stored event as it came, without the corrections since; from now on it is remembered."""
    keep_originals(connection, [_with_names(connection, stored)])
    row = connection.execute(SQL["originals"], {"keys": [stored.key]}).fetchone()
    assert row
    owner, *told, text = row
    raw, event_type = text.encode(), CATALOGUE[stored.type]
    return replace(
        stored,
        owner=owner,
        identifiers=tuple(Identified(*one) for one in zip(*told, strict=True)),
        data=decode_data(raw, event_type, stored.version),
        raw_data=raw,
    )


def _with_names(connection: Connection, stored: Event) -> Event:
    tokens = array_literal(one.token for one in stored.identifiers)
    rows = connection.execute(SQL["identifiers"], {"tokens": tokens})
    names = {row[0]: (row[1], row[2]) for row in rows}
    told = [(one, names.get(one.token, ("", ""))) for one in stored.identifiers]
    return replace(
        stored, identifiers=tuple(Identified(one.token, *name, one.strength) for one, name in told)
    )


def correct(event: Event, correction: Event) -> Event:
    """The event as corrected; the very same object when the correction has no effect on it."""
    return corrected(event, correction, decode)


def decode(name: str, version: int, plain: Mapping[str, Any]) -> Any:
    """Typed data from plain data. Raises `Invalid`."""
    try:
        return convert_named(name, version, plain)
    except msgspec.MsgspecError:
        raise Invalid("bad_correction") from None
