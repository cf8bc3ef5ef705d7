"""The rules in force: what `rules.changed` events said, and which of them holds, now or as of a moment."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from klantbeeld.domain.events.event import Event, EventKey, FoldOrder
from klantbeeld.domain.identity.rules import BadRules, Rules, rules_from
from klantbeeld.domain.ruling import CHANGED, IDENTITY
from klantbeeld.domain.times import LATEST
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "rules.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Rules as an event put them in force. `rules` is what the document gives over the defaults."""

    event_key: EventKey
    version: str
    order: FoldOrder
    recorded_at: datetime
    document: dict[str, Any]
    rules: Rules


def changes(events: Iterable[Event]) -> list[Event]:
    """Those among the events that change rules, of any kind."""
    return [event for event in events if event.type == CHANGED]


def note(connection: Connection, changed: Iterable[Event]) -> None:
    """Store what these events say of rules."""
    for event in changed:
        order = event.order
        values = {
            "event_key": event.key,
            "kind": event.data.kind,
            "version": str(event.data.version),
            "occurred_at": order.occurred_at,
            "sequence": order.sequence,
            "source": order.source,
            "id": order.id,
            "recorded_at": event.recorded_at,
            "document": msgspec.json.encode(event.data.document).decode(),
        }
        connection.execute(SQL["note"], values)


def in_force(
    connection: Connection, *, occurred_by: datetime = LATEST, recorded_by: datetime = LATEST
) -> InForce | None:
    """The identity rules that hold; None when no event has changed the rules that come along. Both moments inclusive."""
    values = {"kind": IDENTITY, "occurred_by": occurred_by, "recorded_by": recorded_by}
    for newer in itertools.count():
        row = connection.execute(SQL["in_force"], {**values, "newer": newer}).fetchone()
        if row is None or (found := _in_force(row)) is not None:
            return found if row else None
    return None


def _in_force(row: Sequence[Any]) -> InForce | None:
    key, version, occurred_at, sequence, source, id_, recorded_at, text = row
    document = msgspec.json.decode(text, type=dict[str, Any])
    try:
        rules = rules_from(document)
    except BadRules:
        return None
    order = FoldOrder(occurred_at, sequence, source, id_)
    return InForce(
        event_key=key,
        version=version,
        order=order,
        recorded_at=recorded_at,
        document=document,
        rules=rules,
    )
