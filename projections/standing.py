"""How read models stand: positions, counts, and what they leave out; and what it takes to look at one schema in peace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "replay.sql")
Place = tuple[str, int]
"""A processor and a partition."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far read models have come, and which records they leave out since these are dead letters."""

    log_ids: frozenset[str]
    positions: Mapping[Place, int]
    counts: Mapping[Place, tuple[int, int, int, int]]
    aside: Mapping[Place, Mapping[int, EventKey]]


def standing(connection: Connection, name: str) -> Standing:
    """How the read models in this schema stand. Call it inside a transaction that sees one snapshot."""
    with in_schema(connection, name):
        checkpoints = connection.execute(SQL["checkpoints"]).fetchall()
    aside: dict[Place, dict[int, EventKey]] = {}
    for processor, partition, position, key, _ in connection.execute(SQL["set_aside"]):
        aside.setdefault((processor, partition), {})[position] = key
    return Standing(
        log_ids=frozenset(row[3] for row in checkpoints),
        positions={(row[0], row[1]): row[2] for row in checkpoints},
        counts={(row[0], row[1]): row[4:] for row in checkpoints},
        aside=aside,
    )


@contextmanager
def in_schema(connection: Connection, name: str) -> Iterator[None]:
    """Inside, unqualified names mean the tables of this schema."""
    row = connection.execute("SHOW search_path").fetchone()
    assert row
    connection.execute(f"SET search_path TO {name}, public".encode())
    yield
    connection.execute(f"SET search_path TO {row[0]}".encode())


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """A transaction in which everything is seen as it is now. Not inside another."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
