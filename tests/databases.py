"""A PostgreSQL for tests, and fresh databases in it: what the fixtures of several folders are made of."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from klantbeeld.log.postgres.database import Database, migrate
from klantbeeld.postgres_server import Server, running
from projections import schema
from tests.folders import short_lived

TEMPLATE = "ready_made"
_numbers = itertools.count()


@contextmanager
def served() -> Iterator[Server]:
    """A server of its own, without fsync, with a template that holds all schemas and no rows."""
    with short_lived() as folder, running(folder / "data", fast_unsafe=True) as server:
        _execute(server, f"CREATE DATABASE {TEMPLATE}")
        with opened(server, TEMPLATE) as database:
            migrate(database)
            schema.ensure(database)
        yield server


def new_database(server: Server) -> str:
    """Make a database with all schemas and no rows on a server of `served`; answers its name."""
    name = f"test_{next(_numbers)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return name


@contextmanager
def fresh_database(server: Server) -> Iterator[Database]:
    """A database with all schemas and no rows, gone afterwards."""
    name = new_database(server)
    try:
        with opened(server, name) as database:
            yield database
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(server: Server, name: str) -> Iterator[Database]:
    database = Database(server.url(name))
    database.open()
    try:
        yield database
    finally:
        database.close()


def _execute(server: Server, statement: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)
