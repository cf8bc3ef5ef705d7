"""The place where the demo is given: a data folder or database of its own, emptied before each performance.

Nothing is emptied that the demo did not make.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import psycopg

from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import DEMO_LOCK, Database
from klantbeeld.postgres_server import is_gone, let_server_pass
from klantbeeld.settings import Settings
from klantbeeld.unmoved import DEMO_FILE, DEMO_MARK, DEMO_PREFIX, noted_in

FOLDER: Final = "demo"
_SERVER_STOPS_WITHIN: Final = 30.0
_OTHERS: Final = "SELECT oid FROM pg_namespace WHERE nspname IN ('read', 'read_next')"

Connection = psycopg.Connection[tuple[object, ...]]


class DemoRefused(Exception):
    """The demo cannot be given here. `code` is `demo_runs_already`, `demo_in_use`, `folder_not_of_demo` or
    `log_not_of_demo`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@contextmanager
def emptied(settings: Settings) -> Iterator[Settings]:
    """The settings of an empty installation, for one demo at a time. At the end nothing of it runs any more, and what it
    made in a database and on brokers of one's own is gone.

    Raises `DemoRefused`.
    """
    prefix = f"{settings.topic_prefix}{DEMO_PREFIX}"
    own = replace(settings, data_dir=settings.data_dir / FOLDER, topic_prefix=prefix)
    with _alone(settings.data_dir):
        _empty_folder(own.data_dir)
        if settings.database_url:
            with _empty_database(settings.database_url) as connection:
                _empty_topics(own)
                yield own
                _tidy(connection, own)
        else:
            yield own
            is_gone(own.data_dir / "postgresql", _SERVER_STOPS_WITHIN)


def mark(database: Database) -> None:
    """Say in the log itself that it is the demo's. To be called while it is still empty."""
    with database.connection() as connection:
        connection.execute(f"COMMENT ON SCHEMA kept IS '{DEMO_MARK}'")


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    let_server_pass(data_dir)
    lock = os.open(data_dir / f"{FOLDER}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, data_dir)
        yield
    finally:
        os.close(lock)


def _take(lock: int, data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _runs_already(f"on {data_dir}") from None


def _runs_already(where: str) -> DemoRefused:
    return DemoRefused(
        "demo_runs_already", f"a demo {where} is running: stop it, or set another KLANTBEELD_DATA_DIR"
    )


def _empty_folder(folder: Path) -> None:
    """A demo that was killed may have left a server that is just stopping."""
    if not is_gone(folder / "postgresql", _SERVER_STOPS_WITHIN):
        raise DemoRefused("demo_in_use", f"another command works on {folder}: end it first")
    if folder.exists():
        if any(folder.iterdir()) and not (folder / DEMO_FILE).exists():
            raise DemoRefused(
                "folder_not_of_demo",
                f"{folder} holds what this version's demo did not make, and the demo empties it at each start: remove it, "
                "or set another KLANTBEELD_DATA_DIR",
            )
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    (folder / DEMO_FILE).touch(0o600)


def _empty_topics(own: Settings) -> None:
    """Topics under the demo's own prefix; those of an installation on the same brokers are left alone."""
    if own.kafka_bootstrap:
        from klantbeeld.log.kafka.topics import remove, topics_of

        remove(own.kafka_bootstrap, topics_of(own.topic_prefix, own.partitions))


@contextmanager
def _empty_database(url: str) -> Iterator[Connection]:
    with closing(_connected(url)) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [DEMO_LOCK]).fetchone()
        if row is None or not row[0]:
            raise _runs_already("on this database")
        _check_made_by_demo(connection)
        _drop(connection)
        yield connection


def _tidy(connection: Connection, own: Settings) -> None:
    """What is away now is emptied by the next demo."""
    with suppress(psycopg.OperationalError, LogUnavailable):
        if noted_in(connection) == (True, DEMO_MARK):
            _drop(connection)
            _empty_topics(own)


def _connected(url: str) -> Connection:
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError:
        raise LogUnavailable(
            "the database cannot be reached: mend KLANTBEELD_DATABASE_URL, or start it"
        ) from None


def _check_made_by_demo(connection: Connection) -> None:
    there, noted = noted_in(connection)
    if noted != DEMO_MARK and (there or connection.execute(_OTHERS).fetchone()):
        raise DemoRefused(
            "log_not_of_demo",
            "this database holds an event log or schemas that the demo did not make, and the demo empties its own at "
            "each start: give it another KLANTBEELD_DATABASE_URL",
        )


def _drop(connection: Connection) -> None:
    """In one transaction, so that what is left is never half a log without the mark."""
    with connection.transaction():
        for schema in ("kept", "read", "read_next"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute("DROP TABLE IF EXISTS public.klantbeeld_migration")
