"""Connections to PostgreSQL: one pool, one way of reading values, and the schema `kept`.

uuid comes back as text, bytea as bytes, timestamptz as an aware datetime in UTC.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import psycopg
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.sql import load

Connection = psycopg.Connection[tuple[Any, ...]]
IDLE_AT_MOST: Final = 30.0
"""Seconds that a transaction may wait for this process, which may be frozen, or its machine gone: what it holds, the lead
over the spool among it, others need. An append waits for Kafka a third as long at most.
"""
KNOCK: Final = 0.5
"""Seconds between two tries to reach a server that is away."""
(
    SCHEMA_LOCK,
    ERASURE_LOCK,
    APPEND_LOCK,
    REPLAY_LOCK,
    DEMO_LOCK,
    TIMELINE_LOCK,
    SPOOL_LOCK,
    DUTIES_LOCK,
    SUGGESTIONS_LOCK,
) = range(7_104_001, 7_104_010)
"""All advisory locks of ours, in one place so that no two can be the same."""


_SQL = load(__package__, "queries.sql")
_NOTHING_ON_ITS_WAY = _SQL["nothing_on_its_way"]
_HOLD_ERASURE = _SQL["hold_erasure"].replace("$erasure", str(ERASURE_LOCK))
_TIMELINE_POSITIONS, _SET_COMPLETE = _SQL["timeline_positions"], _SQL["set_complete"]
Complete = Callable[[Mapping[int, int]], tuple[datetime | None, int]]
"""For positions that the timeline has come to: up to when they hold all that was accepted, and how many milliseconds the
oldest missing record has waited at most."""

MIGRATIONS: Sequence[str] = (
    "kept.sql",
    "spool.sql",
    "announced.sql",
    "moved.sql",
    "suggestions.sql",
    "suggestions_open.sql",
)
"""Files that are applied once each, in this order; never change one that was released."""


class Database:
    """A pool of connections whose unqualified names mean the live read models. `idle_at_most`: seconds."""

    def __init__(
        self, conninfo: str, *, size: int = 12, read_schema: str = "read", idle_at_most: float = IDLE_AT_MOST
    ) -> None:
        self.conninfo, self.read_schema, self._idle_at_most = conninfo, read_schema, idle_at_most
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            open=False,
            configure=self._configure_pooled,
            check=self._check,
            timeout=10,
            reconnect_timeout=1,
            reconnect_failed=_knock_again,
            kwargs={"autocommit": True},
        )
        self.complete: Complete | None = None
        """Set where the log lies outside of this database."""

    def open(self) -> None:
        self._pool.open(wait=True, timeout=30)

    def close(self) -> None:
        self._pool.close()

    def _check(self, connection: Connection) -> None:
        """One that is broken was hardly the only one: callers would find the others one by one, ever more slowly."""
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            self._pool.drain()
            raise

    def _configure(self, connection: Connection) -> None:
        connection.adapters.register_loader("uuid", TextLoader)
        connection.execute(f"SET search_path TO {self.read_schema}, public")
        connection.execute("SET TIME ZONE 'UTC'")

    def _configure_pooled(self, connection: Connection) -> None:
        self._configure(connection)
        connection.execute(f"SET idle_in_transaction_session_timeout TO {int(self._idle_at_most * 1000)}")

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit mode. Raises `LogUnavailable` when none can be had, and when it was lost."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.IdleInTransactionSessionTimeout as error:
            raise LogUnavailable(type(error).__name__) from error
        except psycopg.OperationalError as error:
            if not _is_outage(error):
                raise
            raise LogUnavailable(type(error).__name__) from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back when an exception leaves it."""
        with self.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def snapshot(self, *, bitmaps: bool = False) -> Iterator[Connection]:
        """A connection that sees one moment, read only: all statements in the block agree with one another.

        `klantbeeld.complete_at` holds, if known, an instant up to which everything accepted is in the snapshot. Without
        `bitmaps` the planner descends indexes in order instead of gathering and sorting.
        """
        with self.connection() as connection:
            complete_at = "" if self.complete else _complete_at(connection)
            connection.execute(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                f"SET LOCAL klantbeeld.complete_at = '{complete_at}'; "
                f"SET LOCAL enable_bitmapscan = {'on' if bitmaps else 'off'}"
            )
            try:
                if self.complete:
                    _say_how_complete(connection, self.complete)
                yield connection
            finally:
                connection.rollback()

    def dedicated(self, read_schema: str | None = None) -> Connection:
        """A connection outside the pool, in autocommit mode, for one long-lived caller that closes it."""
        connection = psycopg.connect(self.conninfo, autocommit=True)
        self._configure(connection)
        if read_schema:
            connection.execute(f"SET search_path TO {read_schema}, public")
        return connection


def _knock_again(pool: ConnectionPool[Any]) -> None:
    """The pool gives up a second after the server went away, whoever waits, and tries again for a new caller: be one.

    A longer patience is no cure, for its pauses double without end.
    """

    def knock() -> None:
        with suppress(psycopg.Error), pool.connection(timeout=KNOCK):
            pass

    timer = threading.Timer(KNOCK, knock)
    timer.daemon = True
    timer.start()


def _say_how_complete(connection: Connection, complete: Complete) -> None:
    """Ask whoever knows the log how complete what this snapshot holds is, and leave the answer in the snapshot."""
    at, lag = complete(dict(connection.execute(_TIMELINE_POSITIONS).fetchall()))
    connection.execute(_SET_COMPLETE, {"at": at.isoformat() if at else "", "lag": str(lag)})


def _complete_at(connection: Connection) -> str:
    row = connection.execute(_NOTHING_ON_ITS_WAY, {"gate": APPEND_LOCK}).fetchone()
    return str(row[0].isoformat()) if row and row[0] else ""


def _is_outage(error: psycopg.OperationalError) -> bool:
    """Whether the server is away, going down or out of room, rather than refusing this one statement."""
    state = error.sqlstate
    return isinstance(error, PoolTimeout) or state is None or state.startswith(("57P", "53", "08"))


def held_epoch(connection: Connection) -> int:
    """Hold off erasures until the end of this transaction; answers how many there were."""
    cursor = connection.execute(_HOLD_ERASURE.encode(), prepare=False)
    cursor.nextset()
    row = cursor.fetchone()
    assert row
    return int(row[0])


def migrate(database: Database) -> None:
    """Bring the schema `kept` up to date; safe to call from several processes at once."""
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        connection.execute("CREATE TABLE IF NOT EXISTS public.klantbeeld_migration (number int PRIMARY KEY)")
        row = connection.execute(
            "SELECT coalesce(max(number) + 1, 0) FROM public.klantbeeld_migration"
        ).fetchone()
        done = row[0] if row else 0
        for number, name in enumerate(MIGRATIONS[done:], start=done):
            connection.execute(files(__package__).joinpath(name).read_bytes())
            connection.execute("INSERT INTO public.klantbeeld_migration VALUES (%s)", [number])


def copy_rows(cursor: psycopg.Cursor[Any], statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows by COPY. Arrays must be given as array literals."""
    with cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)


def copy_text(cursor: psycopg.Cursor[Any], statement: str, lines: Iterable[str]) -> None:
    """Send lines that are in COPY's text format already, for tables where every microsecond a row counts."""
    text = "\n".join(lines)
    if text:
        with cursor.copy(statement.encode()) as copy:
            copy.write(text + "\n")


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(text: str | None) -> str:
    """One text column in COPY's text format; None is NULL."""
    if text is None:
        return "\\N"
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(_ESCAPED)
    return text


@lru_cache(maxsize=10_000)
def instant(at: datetime) -> str:
    """A column that holds an instant, in COPY's text format. One event has the same in several rows."""
    return at.isoformat()


def bytes_literal(items: Iterable[bytes]) -> str:
    """An array of bytea as PostgreSQL writes it."""
    return "{" + ",".join(f'"\\\\x{item.hex()}"' for item in items) + "}"


def array_literal(items: Iterable[str]) -> str:
    """An array of values that need no quoting, as PostgreSQL writes it."""
    return "{" + ",".join(items) + "}"
