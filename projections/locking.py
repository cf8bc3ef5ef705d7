"""Several workers on one set of read models: what each has to hold so that all together do what one alone would do.

Everything is held until the end of the transaction. Entities and identifiers are held as rows, or by the primary key for
those that are new; what may be spoken of before it has a row is held by its name. A correction may concern anything, so
its batch waits until it is alone.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from klantbeeld.domain.events.event import Event, Token
from klantbeeld.domain.routing import interaction_of
from klantbeeld.log.postgres.database import TIMELINE_LOCK, Connection, array_literal
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load

SQL = load(__package__, "locking.sql")
CONTENTION: Final = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.OutOfMemory,
)
"""How PostgreSQL says that another worker came between, or that there are too many locks: do it again."""


class Alone(Exception):
    """This batch concerns more than it holds: it has to be the only one."""


class Stopwatch:
    """How long the locks of one batch took, waiting included, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began


def among_others(
    connection: Connection, names: Names, events: Iterable[Event], strangers: Iterable[Token] = ()
) -> int:
    """Hold what the events name beside other workers; answers how often evidence was voided up to now.

    `strangers`: identifiers that may have no row yet. Two workers that bring in the same would otherwise meet at the rows,
    in any order, and one would have done its work in vain.
    """
    held = _named(names, events) | {_number(token) for token in strangers}
    values = {"gate": TIMELINE_LOCK, "names": array_literal(map(str, sorted(held)))}
    connection.execute(SQL["among_others"], values)
    return _voided(connection)


def alone(connection: Connection) -> int:
    """Wait until no other worker is inside a batch, and let none begin."""
    connection.execute(SQL["alone"], {"gate": TIMELINE_LOCK})
    return _voided(connection)


def _voided(connection: Connection) -> int:
    row = connection.execute(SQL["voided_by_all"]).fetchone()
    assert row
    return int(row[0])


def _named(names: Names, events: Iterable[Event]) -> set[int]:
    """A 64-bit name of each interaction and parcel that the events speak of."""
    found = set()
    for event in events:
        interaction = interaction_of(event)
        if interaction is not None:
            found.add(_number(names.entity("interaction", interaction)))
        tracking = getattr(event.data, "tracking", None)
        if tracking is not None:
            found.add(_number(names.entity("tracking", tracking)))
    return found


def _number(id_: str) -> int:
    return int.from_bytes(bytes.fromhex(id_.replace("-", "")[:16]), "big", signed=True)
