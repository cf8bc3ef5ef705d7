"""One PostgreSQL for the session, and in it installations that tests use one after another."""

import itertools
from collections.abc import Callable, Iterator

import psycopg
import pytest

from klantbeeld.log.postgres.database import Database, migrate
from klantbeeld.postgres_server import Server, running
from projections import schema
from tests.folders import short_lived
from tests.projections.installation import Installation

TEMPLATE = "fresh_installation"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with short_lived() as folder, running(folder / "data", fast_unsafe=True) as server:
        _make_template(server)
        yield server


@pytest.fixture(scope="session")
def new_database(server: Server) -> Callable[[], str]:
    """Makes a database with everything in it that a new installation has; answers how to connect."""
    numbers = itertools.count()

    def make() -> str:
        name = f"test_{next(numbers)}"
        _administer(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return server.url(name)

    return make


@pytest.fixture
def installation(reused: Installation) -> Installation:
    """One as good as new for each test."""
    reused.renew()
    return reused


@pytest.fixture(scope="session")
def reused(new_database: Callable[[], str]) -> Iterator[Installation]:
    """One for many examples of a property: `empty()` it first."""
    installation = Installation(opened(new_database()))
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def reused_too(new_database: Callable[[], str]) -> Iterator[Installation]:
    installation = Installation(opened(new_database()))
    yield installation
    installation.close()


def opened(conninfo: str) -> Database:
    database = Database(conninfo)
    database.open()
    return database


def _make_template(server: Server) -> None:
    _administer(server, f"CREATE DATABASE {TEMPLATE}")
    database = opened(server.url(TEMPLATE))
    migrate(database)
    schema.ensure(database)
    database.close()


def _administer(server: Server, statement: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
