"""An event as the processors see it: identified people, typed data, and its place in fold order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from klantbeeld.domain.values import value

Token = str
EventKey = str


class FoldOrder(NamedTuple):
    """The order in which events are folded, everywhere. Strings compare by code point."""

    occurred_at: datetime
    sequence: int
    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Identified:
    """One identifier of an event: its token and what it stands for. `strength` as `identifiers.Strength`."""

    token: Token
    type: str
    value: str
    strength: int


@value
class Event:
    """`owner` is the token under which it is kept; `raw_data` is the JSON text of `data` as it came."""

    key: EventKey
    type: str
    order: FoldOrder
    recorded_at: datetime
    owner: Token
    identifiers: tuple[Identified, ...]
    data: Any
    raw_data: bytes
    version: int = 1
    history: bool = False
    zone: str = "Europe/Amsterdam"
    """Zone of bare dates in this event, as it was set when the event was accepted."""
    pointed: Token | None = None
    """The token of the identifier that the event points at (`interaction.attributed`)."""
    pointed_at: Identified | None = None
    """The same identifier with its type and value, where they are at hand."""
    position: int = 0
    partition: int = 0

    @property
    def occurred_at(self) -> datetime:
        return self.order.occurred_at
