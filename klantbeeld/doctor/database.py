"""PostgreSQL: the server, its room and clock, and what of an installation lies in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg

from klantbeeld.doctor.findings import Finding, fail, least, ok, warn
from klantbeeld.log.postgres.database import MIGRATIONS, Connection
from klantbeeld.log.sealing import SealBroken, unseal
from klantbeeld.log.sql import load
from klantbeeld.settings import Settings

SQL: Final = load(__package__, "queries.sql")
OLDEST: Final = 150_000
ENOUGH_CONNECTIONS: Final = 50
ENOUGH_LOCKS: Final = 128
EXTENSIONS: Final = ("pg_trgm",)
NEAR, FAR = 1.0, 60.0
"""Seconds that two clocks may differ before it is worth a warning, and before answers are wrong."""
ANSWERS_WITHIN: Final = 5
Clock = Callable[[], datetime]


@contextmanager
def connected(conninfo: str) -> Iterator[Connection]:
    """A connection that cannot change anything. Raises `psycopg.OperationalError`."""
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=ANSWERS_WITHIN) as connection:
        connection.execute("SET default_transaction_read_only TO on")
        connection.execute("SET statement_timeout TO '30s'")
        yield connection


def examine_database(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Everything that does not depend on what is in it."""
    version, told, encoding, connections, locks, used, fsync, may_create, standby = _row(connection, "server")
    yield _server(version, told, encoding, fsync, standby)
    yield least(
        "connections",
        connections,
        ENOUGH_CONNECTIONS,
        f"{used} of {connections} in use",
        "raise max_connections: each server process wants up to 12, each worker 5",
    )
    yield least(
        "locks",
        locks,
        ENOUGH_LOCKS,
        f"max_locks_per_transaction {locks}",
        "ALTER SYSTEM SET max_locks_per_transaction = 256, and restart PostgreSQL",
    )
    yield _extensions(connection, may_create)
    yield _clock(connection, clock)
    if not _row(connection, "knows_zone", {"zone": settings.time_zone})[0]:
        yield fail(
            "time zones", f"PostgreSQL does not know {settings.time_zone}", "install its time zone data"
        )
    yield _schema(connection, may_create)


def _server(version: int, told: str, encoding: str, fsync: str, standby: bool) -> Finding:
    name, what = "postgresql", f"PostgreSQL {told}"
    if version < OLDEST:
        return fail(name, what, "upgrade to PostgreSQL 15 or newer")
    if encoding != "UTF8":
        return fail(name, f"{what}, encoding {encoding}", "make the database with ENCODING 'UTF8'")
    if standby:
        return fail(
            name, f"{what}, a standby that takes no writes", "name the primary in KLANTBEELD_DATABASE_URL"
        )
    if fsync != "on":
        return warn(name, f"{what}, fsync off: a crash of the machine loses data", "set fsync = on")
    return ok(name, what)


def _extensions(connection: Connection, may_create: bool) -> Finding:
    name = "extensions"
    found: dict[str, bool] = dict(
        connection.execute(SQL["extensions"], {"names": list(EXTENSIONS)}).fetchall()
    )
    absent = [one for one in EXTENSIONS if one not in found]
    if absent:
        return fail(
            name, f"{', '.join(absent)} not available", "install PostgreSQL's contrib package on its machine"
        )
    waiting = [one for one in EXTENSIONS if not found[one]]
    if waiting and not may_create:
        mend = f"CREATE EXTENSION {waiting[0]} SCHEMA public, as an administrator"
        return fail(name, f"{', '.join(waiting)} not created", mend)
    return ok(
        name, ", ".join(f"{one}{' (at the first start)' if one in waiting else ''}" for one in EXTENSIONS)
    )


def _clock(connection: Connection, clock: Clock) -> Finding:
    """The server's clock was read between two looks at ours."""
    earlier = clock()
    (theirs,) = _row(connection, "clock")
    later = clock()
    apart = max((earlier - theirs).total_seconds(), (theirs - later).total_seconds(), 0.0)
    what = f"this machine and PostgreSQL differ by {apart:.1f} s"
    mend = "let both machines keep time by NTP (chrony, systemd-timesyncd)"
    if apart > FAR:
        return fail("clock", what, mend)
    return warn("clock", what, mend) if apart >= NEAR else ok("clock", what)


def _schema(connection: Connection, may_create: bool) -> Finding:
    name = "schema"
    migrated, kept, _ = _row(connection, "there")
    if not (migrated and kept):
        if may_create:
            return ok(name, "nothing there yet: the first start makes it")
        return fail(name, "this role may make no schema", "GRANT CREATE ON DATABASE … TO the role")
    (done,) = _row(connection, "migrations")
    if done > len(MIGRATIONS):
        return fail(
            name, f"at {done}, which is newer than this program", "upgrade klantbeeld on this machine"
        )
    if done < len(MIGRATIONS):
        return warn(
            name,
            f"at {done} of {len(MIGRATIONS)}",
            "the next start of `klantbeeld serve` brings it up to date",
        )
    return ok(name, f"at {done} of {len(MIGRATIONS)}")


def holds_installation(connection: Connection) -> bool:
    """Whether there is anything to look at beside the server, and in the form that this program knows."""
    return all(_row(connection, "there")) and _row(connection, "migrations")[0] == len(MIGRATIONS)


def examine_key(connection: Connection, key: bytes) -> Finding:
    """Whether the master key opens what this database was made with."""
    row = connection.execute(SQL["index_key"]).fetchone()
    if row is None:
        return ok("master key", "set; nothing is sealed with it yet")
    try:
        unseal(key, row[0], "index_key")
    except SealBroken:
        return fail(
            "master key",
            "wrong_master_key: it is not the one this database was made with",
            "set KLANTBEELD_MASTER_KEY to that one",
        )
    return ok("master key", "fits the database")


def _row(connection: Connection, name: str, values: dict[str, Any] | None = None) -> Sequence[Any]:
    row = connection.execute(SQL[name], values).fetchone()
    assert row
    return row
