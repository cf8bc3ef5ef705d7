"""Invented customers for the identity step alone: events as it is handed them, and read models of its own to work in."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from klantbeeld.domain.events.event import Event, FoldOrder, Identified
from klantbeeld.domain.identifiers import Strength
from klantbeeld.log.postgres.database import Connection, Database
from projections import schema

HERE = "bench_identity"
START = datetime(2025, 1, 1, tzinfo=UTC)


def named(type_: str, number: int | str, strength: Strength = Strength.asserted) -> Identified:
    """Tokens look random, as real ones do, and are the same every time."""
    digest = blake2b(f"{type_} {number}".encode(), digest_size=16).hexdigest()
    token = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
    return Identified(token, type_, f"{type_}-{number}", int(strength))


def event(number: int, who: Sequence[Identified], type_: str = "visit.recorded", data: Any = None) -> Event:
    """The event of this number names these identifiers; numbers are seconds in the customers' world."""
    at = START + timedelta(seconds=number)
    return Event(
        key=named("event", number).token,
        type=type_,
        order=FoldOrder(at, 0, "/bench", f"{number:09}"),
        recorded_at=at,
        owner=who[0].token,
        identifiers=tuple(who),
        data=data,
        raw_data=b"{}",
    )


@contextmanager
def read_models(database: Database) -> Iterator[Connection]:
    """Empty ones, with all indexes, that go away afterwards; the connection sees no others."""
    with database.connection() as other:
        schema.drop(other, HERE)
        with other.transaction():
            schema.create(other, HERE)
            schema.create_indexes(other, HERE)
    connection = database.dedicated(HERE)
    try:
        yield connection
    finally:
        connection.close()
        with database.connection() as other:
            schema.drop(other, HERE)


def batches(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    batch: list[Event] = []
    for one in events:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
