"""What changes: an entity as a command needs it, who changed it last, and what was processed lately."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from klantbeeld.domain.identity import customer_id
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.problems import UnknownEntity
from projections.reading.shapes import Shown, shown

SQL = load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class Target:
    """An entity that a command is about. `last_at`: when the newest of its events happened."""

    shown: Shown
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """`by` is an agent's id where the event names one, else the event's source."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An entry that was processed. `head` stands for the customer whose it is now; ids only, no words."""

    position: int
    event_id: str
    type: str
    occurred_at: datetime
    channel: str | None
    direction: str | None
    agent: str | None
    interaction_id: str | None
    conversation_id: str | None
    follow_up_id: str | None
    customer_id: str | None
    team: str | None
    assignee: str | None
    places: frozenset[str]
    history: bool


class _Said(msgspec.Struct):
    by: str | None = None
    team: str | None = None
    queue: str | None = None


_said = msgspec.json.Decoder(_Said)


def target(connection: Connection, kind: str, id_: str) -> Target:
    """Raises `UnknownEntity`."""
    row = connection.execute(SQL["target"], {"id": id_}).fetchone()
    if row is None or row[1] != kind:
        raise UnknownEntity
    return Target(shown(row), row[8])


def last_change(connection: Connection, kind: str, id_: str) -> Change | None:
    row = connection.execute(SQL["last_change"], {"kind": kind, "id": id_}).fetchone()
    if row is None:
        return None
    _, source, at, agent, data = row
    return Change(_told(data).by or agent or source, at)


def reached(connection: Connection, processor: str = "timeline") -> dict[int, int]:
    """For each partition the position up to which everything has been processed."""
    return dict(connection.execute(SQL["positions"], {"processor": processor}).fetchall())


def happened(connection: Connection, partition: int, first: int, stop: int, limit: int) -> list[Happening]:
    """What was stored of the records from `first` up to, not including, `stop`; in their order."""
    values = {"partition": partition, "first": first, "stop": stop, "limit": limit}
    return [_happening(row) for row in connection.execute(SQL["happened"], values)]


def moved_customers(connection: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """For those of these customers that were merged away: under which id they are known now."""
    rows = connection.execute(SQL["moved_customers"], {"ids": list(ids)})
    return {id_: customer_id(head) for id_, head in rows}


def _happening(row: tuple[Any, ...]) -> Happening:
    position, key, type_, at, channel, direction, agent, interaction, conversation, follow_up, *rest = row
    head, team, assignee, data, history = rest
    said = _told(data) if data else _Said()
    return Happening(
        position=position,
        event_id=key,
        type=type_,
        occurred_at=at,
        channel=channel,
        direction=direction,
        agent=agent,
        interaction_id=interaction,
        conversation_id=conversation,
        follow_up_id=follow_up,
        customer_id=customer_id(head) if head else None,
        team=team,
        assignee=assignee,
        places=frozenset(place for place in (said.queue, said.team, team) if place),
        history=history,
    )


def _told(data: str) -> _Said:
    """What matters here of an event's data; nothing where a member of that name is something else."""
    try:
        return _said.decode(data)
    except msgspec.MsgspecError:
        return _Said()
