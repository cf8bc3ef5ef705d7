"""The schemas that read models live in: made, emptied, renamed."""

import logging
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from klantbeeld.log.postgres.database import SCHEMA_LOCK, Connection, Database

LIVE, NEXT, OLD, CHECK = "read", "read_next", "read_old", "read_check"
PACKAGES = ("projections", "projections.search")
FILES = ("tables.sql", "indexes.sql")
STATES = 2
"""Counts up when what a fold keeps, and entities hold as their state, changes in shape or meaning."""

log = logging.getLogger(__name__)


class OtherVersion(Exception):
    """The read models were made by another version of klantbeeld. End all its processes, then run `klantbeeld rebuild`."""

    code = "read_models_of_another_version"


def ensure(database: Database, schema: str = LIVE, *, renew: bool = True) -> None:
    """Make the live schema where there is none yet; safe to call from several processes at once.

    One that another version made is emptied if `renew`: the processors fill it anew from the log, and answers say until
    then how far they have come. Else, since that version may be at work on another machine, raises `OtherVersion`.
    """
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        if exists(connection, schema) and _version_in(connection, schema) != version():
            if not renew:
                raise OtherVersion(str(OtherVersion.__doc__))
            log.warning(OtherVersion.code)
            drop(connection, schema)
        if not exists(connection, schema):
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
            create(connection, schema)
            create_indexes(connection, schema)


def exists(connection: Connection, schema: str) -> bool:
    row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone()
    return row is not None


def create(connection: Connection, schema: str) -> None:
    """The tables with what processors need to fill them. The schema must not exist."""
    connection.execute(f"CREATE SCHEMA {schema}; COMMENT ON SCHEMA {schema} IS '{version()}'")
    for package in PACKAGES:
        _run(connection, schema, package, "tables.sql")


@cache
def version() -> str:
    """Names the shape of the read models: another one can only be filled anew."""
    texts = [files(package).joinpath(file).read_bytes() for package in PACKAGES for file in FILES]
    return f"klantbeeld read models {blake2b(b''.join(texts), digest_size=8).hexdigest()}.{STATES}"


def _version_in(connection: Connection, schema: str) -> str | None:
    row = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [schema]
    ).fetchone()
    return row[0] if row else None


def create_indexes(connection: Connection, schema: str, packages: Sequence[str] = PACKAGES) -> None:
    for package in packages:
        _run(connection, schema, package, "indexes.sql")


def analyze(connection: Connection, schema: str) -> None:
    """Tell the planner how large the tables are by now."""
    tables = connection.execute(
        "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE schemaname = %s", [schema]
    )
    connection.execute(f"ANALYZE {', '.join(name for (name,) in tables)}")


def analyze_grown(connection: Connection, schema: str) -> None:
    """The same for tables that have at least doubled since anybody looked, and that nobody looks at now."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    tables = connection.execute(
        "SELECT relid::regclass::text FROM pg_stat_user_tables"
        " WHERE schemaname = %s AND n_mod_since_analyze > 500 AND 2 * n_mod_since_analyze >= n_live_tup",
        [schema],
    ).fetchall()
    if tables:
        connection.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(name for (name,) in tables)}")


def drop(connection: Connection, schema: str) -> None:
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _run(connection: Connection, schema: str, package: str, file: str) -> None:
    """Run a file with the schema first in the search path, for this transaction."""
    row = connection.execute("SHOW search_path").fetchone()
    assert row
    connection.execute(f"SET search_path TO {schema}, public")
    connection.execute(files(package).joinpath(file).read_bytes())
    connection.execute(f"SET search_path TO {row[0]}")
