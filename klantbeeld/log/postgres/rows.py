"""A record as a row: the columns that the log and the spool share, in one order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from klantbeeld.log.postgres.database import array_literal
from klantbeeld.log.record import Draft, Flags, Record

_FLAGS = {int(flags): flags for flags in map(Flags, range(Flags.HISTORY + Flags.AUTO + 1))}
"""Made once: looking a flag up by its number takes longer than the rest of a record."""


def record_of(row: Sequence[Any], partition: int = 0) -> Record:
    """The record in a row of the columns above."""
    (
        position,
        key,
        type_,
        channel,
        direction,
        occurred_at,
        sequence,
        recorded_at,
        owner,
        tokens,
        flags,
        digest,
        sealed,
    ) = row
    return Record(
        partition=partition,
        position=position,
        event_key=key,
        type=type_,
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        sequence=sequence,
        recorded_at=recorded_at,
        owner=owner,
        tokens=tuple(tokens.split()),
        flags=_FLAGS[flags],
        digest=digest,
        sealed=sealed,
    )


def columns(position: int, draft: Draft, recorded_at: datetime) -> tuple[Any, ...]:
    """The row of a draft at its place, for COPY."""
    return (
        position,
        draft.event_key,
        draft.type,
        draft.channel,
        draft.direction,
        draft.occurred_at,
        draft.sequence,
        recorded_at,
        draft.owner,
        array_literal(draft.tokens),
        int(draft.flags),
        draft.digest,
        draft.sealed,
    )
