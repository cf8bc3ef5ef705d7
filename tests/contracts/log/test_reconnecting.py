"""Connections to PostgreSQL after an outage: those who waited through it go on soon after its end."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import SPOOL_LOCK, Database
from klantbeeld.postgres_server import Server
from tests.databases import served
from tests.waiting import until

POOL, CALLERS = 12, 6
SOON = 4.0
"""Seconds. Callers wait for ten before they give up."""


@pytest.fixture
def log_server() -> Iterator[Server]:
    """One that these tests may end."""
    with served() as server:
        yield server


def test_callers_that_waited_through_an_outage_are_served_soon_after_its_end(
    log_server: Server, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="psycopg.pool")
    served_at: list[float] = []

    def call() -> None:
        with database.connection() as connection:
            connection.execute("SELECT 1")
        served_at.append(time.monotonic())

    def given_up() -> int:
        return caplog.text.count("reconnection attempt")

    _use_all(database)
    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    with _outage(log_server):
        callers[0].start()
        until(lambda: given_up() >= POOL)
        before = given_up()
        for caller in callers[1:]:
            caller.start()
        until(lambda: given_up() > before)
    over_at = time.monotonic()
    for caller in callers:
        caller.join()
    assert len(served_at) == CALLERS
    assert max(served_at) - over_at < SOON


def test_a_pool_of_broken_connections_costs_the_next_caller_little(
    log_server: Server, database: Database
) -> None:
    _use_all(database)
    with _outage(log_server):
        pass
    began = time.monotonic()
    with database.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert time.monotonic() - began < SOON


def _use_all(database: Database) -> None:
    """Fill the pool: as many at once as it may hold."""
    together = threading.Barrier(POOL)

    def hold() -> None:
        with database.connection():
            together.wait()

    threads = [threading.Thread(target=hold) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _outage(server: Server) -> Iterator[None]:
    """Every connection is cut, and no new one can be made while the block lasts."""
    (socket,) = [one for one in Path(server.socket_dir).iterdir() if one.name.endswith(f".{server.port}")]
    hidden = socket.with_name("hidden")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        socket.rename(hidden)
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid()"
            )
            yield
        finally:
            hidden.rename(socket)


def test_what_a_process_holds_that_does_not_go_on_comes_free(database: Database) -> None:
    """As one that is frozen in mid-append, or whose machine is gone: others may publish from the spool soon after."""
    stuck = Database(database.conninfo, size=1, idle_at_most=0.2)
    stuck.open()
    lock = "SELECT pg_try_advisory_xact_lock(%s)"

    def is_free() -> bool:
        with database.transaction() as connection:
            return bool(connection.execute(lock, [SPOOL_LOCK]).fetchone() == (True,))

    def hold_on() -> None:
        with stuck.transaction() as connection:
            connection.execute(lock, [SPOOL_LOCK])
            assert not is_free()
            until(is_free)
            connection.execute("SELECT 1")

    with pytest.raises(LogUnavailable):
        hold_on()
    stuck.close()
