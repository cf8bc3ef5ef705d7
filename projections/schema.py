"""The schemas that read models live in: made, emptied, renamed."""

from collections.abc import Sequence
from importlib.resources import files

from klantbeeld.log.postgres.database import SCHEMA_LOCK, Connection, Database

LIVE, NEXT, OLD, CHECK = "read", "read_next", "read_old", "read_check"
PACKAGES = ("projections", "projections.search")


def ensure(database: Database, schema: str = LIVE) -> None:
    """Make the live schema where there is none yet; safe to call from several processes at once."""
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        if not exists(connection, schema):
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
            create(connection, schema)
            create_indexes(connection, schema)


def exists(connection: Connection, schema: str) -> bool:
    row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone()
    return row is not None


def create(connection: Connection, schema: str) -> None:
    """The tables with what processors need to fill them. The schema must not exist."""
    connection.execute(f"CREATE SCHEMA {schema}")
    for package in PACKAGES:
        _run(connection, schema, package, "tables.sql")


def create_indexes(connection: Connection, schema: str, packages: Sequence[str] = PACKAGES) -> None:
    for package in packages:
        _run(connection, schema, package, "indexes.sql")


def analyze(connection: Connection, schema: str) -> None:
    """Tell the planner how large the tables are by now."""
    tables = connection.execute(
        "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE schemaname = %s", [schema]
    )
    connection.execute(f"ANALYZE {', '.join(name for (name,) in tables)}")


def drop(connection: Connection, schema: str) -> None:
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _run(connection: Connection, schema: str, package: str, file: str) -> None:
    """Run a file with the schema first in the search path, for this transaction."""
    row = connection.execute("SHOW search_path").fetchone()
    assert row
    connection.execute(f"SET search_path TO {schema}, public")
    connection.execute(files(package).joinpath(file).read_bytes())
    connection.execute(f"SET search_path TO {row[0]}")
