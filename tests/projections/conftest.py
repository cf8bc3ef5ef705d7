"""One PostgreSQL for the session, and in it installations that tests use one after another."""

from collections.abc import Callable, Iterator

import pytest

from klantbeeld.log.postgres.database import Database
from klantbeeld.postgres_server import Server
from tests import databases
from tests.projections.installation import Installation


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with databases.served() as server:
        yield server


@pytest.fixture(scope="session")
def new_database(server: Server) -> Callable[[], str]:
    """Makes a database with everything in it that a new installation has; answers how to connect."""
    return lambda: server.url(databases.new_database(server))


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
