"""A record: an event as it lies in the log. In the clear are only what the processors route by; the rest is sealed."""

from datetime import datetime
from enum import IntFlag

from klantbeeld.domain.events.event import EventKey, Token
from klantbeeld.domain.values import value


class Flags(IntFlag):
    """What a record shows of its event beside type and times."""

    NONE = 0
    HISTORY = 1
    AUTO = 2


@value
class Draft:
    """A sealed record that has no place in the log yet.

    `tokens` stand for the event's identifiers in their order, then for the one it points at, if any.
    `digest` is a keyed hash of the raw event: equal digests mean equal bytes.
    """

    event_key: EventKey
    type: str
    channel: str | None
    direction: str | None
    occurred_at: datetime
    sequence: int
    owner: Token
    tokens: tuple[Token, ...]
    flags: Flags
    digest: bytes
    sealed: bytes


@value
class Record(Draft):
    """A draft at its place: dense `position` in its partition, and PostgreSQL's clock at acceptance."""

    partition: int
    position: int
    recorded_at: datetime
