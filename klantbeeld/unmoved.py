"""The refusal to work beside an event log that lies in PostgreSQL while the settings name Kafka, and how it is found.

A log can lie in two places: in the database that the settings name, and in the one that came along, in the data folder.
Refused too is a database or data folder that the demo made: the next demo would throw the keys of real customers away.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psycopg

from klantbeeld.log.postgres.moves import not_moved
from klantbeeld.postgres_server import Server, running
from klantbeeld.settings import Settings

DATABASE: Final = "klantbeeld"
"""The name of the database in the server that comes along."""
_MARK: Final = "moved"


class LogNotMoved(Exception):
    """An event log lies in PostgreSQL, and the settings name Kafka. `klantbeeld move` carries it over."""

    code = "log_not_moved"


DEMO_PREFIX: Final = "demo."
"""What the demo's topic prefix ends with."""
DEMO_MARK: Final = "made by klantbeeld demo"
DEMO_FILE: Final = "made-by-demo"
"""Lies in a data folder that the demo made."""
_NOTED: Final = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'kept'"


class DatabaseOfDemo(Exception):
    """`klantbeeld demo` made what is in this database, and the next one empties it. Start and end a demo once more, which
    removes it, or give another KLANTBEELD_DATABASE_URL."""

    code = "database_of_demo"


def noted_in(connection: psycopg.Connection[Any]) -> tuple[bool, str | None]:
    """Whether there is an event log or key store in this database, and what is noted of it."""
    row = connection.execute(_NOTED).fetchone()
    return row is not None, row[0] if row else None


def refuse_of_demo(settings: Settings) -> None:
    """Raises `DatabaseOfDemo`, and `psycopg.OperationalError` when the database is away."""
    if settings.topic_prefix.endswith(DEMO_PREFIX):
        return
    if (settings.data_dir / DEMO_FILE).exists():
        raise DatabaseOfDemo(
            f"`klantbeeld demo` made {settings.data_dir}, and the next one empties it: give another KLANTBEELD_DATA_DIR"
        )
    if settings.database_url is None:
        return
    with psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10) as connection:
        if noted_in(connection) == (True, DEMO_MARK):
            raise DatabaseOfDemo(" ".join(str(DatabaseOfDemo.__doc__).split()))


def server_folder(settings: Settings) -> Path:
    """Where the server that comes along keeps everything."""
    return settings.data_dir / "postgresql"


def refuse_unmoved(settings: Settings) -> None:
    """Raises `LogNotMoved`, and `psycopg.OperationalError` when the database is away. Without Kafka all is well."""
    if settings.kafka_bootstrap is None:
        return
    folder = server_folder(settings)
    if left := left_in_database(settings):
        raise _refused(left, "the database of KLANTBEELD_DATABASE_URL")
    if left := left_in_folder(folder):
        raise _refused(left, str(folder))


def left_in_database(settings: Settings) -> int:
    """How many records lie in the database that the settings name and in no other log."""
    with psycopg.connect(settings.database_url or "", autocommit=True, connect_timeout=10) as connection:
        return not_moved(connection)


def left_in_folder(folder: Path, *, note: bool = True) -> int:
    """The same for the server of this folder, which is started to look, unless nobody used it since the last look.

    `note`: write down that there is nothing, so that the next look is quick.
    """
    if not (folder / "cluster").is_dir() or (folder / _MARK).exists():
        return 0
    with running(folder) as server:
        left = _left(server)
        if note and not left:
            mark_moved(folder)
        return left


def mark_moved(folder: Path) -> None:
    """Note that there is nothing left to move in this folder."""
    with suppress(OSError):
        (folder / _MARK).touch(0o600)


def forget_moved(folder: Path) -> None:
    """Somebody works on the log in this folder: whoever asks next must look."""
    (folder / _MARK).unlink(missing_ok=True)


def _left(server: Server) -> int:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    if known is None:
        return 0
    with psycopg.connect(server.url(DATABASE), autocommit=True) as connection:
        return not_moved(connection)


def _refused(left: int, where: str) -> LogNotMoved:
    return LogNotMoved(
        f"{left:,} records lie in {where} and not in Kafka: run `klantbeeld move`, which carries them over"
    )
