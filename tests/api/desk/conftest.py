"""One PostgreSQL for the session. Most tests share one running system; some need an empty one of their own."""

import base64
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from klantbeeld.bootstrap import System, opened
from klantbeeld.postgres_server import Server, running
from klantbeeld.settings import load
from streams.embedded import embedded
from tests.api.desk.desk import Desk
from tests.api.desk.worked_example import worked_example
from tests.folders import short_lived

MASTER_KEY = base64.b64encode(b"a master key for tests, 32 bytes").decode()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with short_lived() as folder, running(folder / "data", fast_unsafe=True) as server:
        yield server


Running = Callable[[], AbstractContextManager[System]]


@pytest.fixture(scope="session")
def new_system(server: Server) -> Running:
    """Runs systems, each in a database of its own."""
    numbers = itertools.count()
    settings = load({"KLANTBEELD_MASTER_KEY": MASTER_KEY}, Path("/nonexistent"))

    @contextmanager
    def run() -> Iterator[System]:
        name = f"desk_{next(numbers)}"
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        with opened(replace(settings, database_url=server.url(name)), pool=8) as system, embedded(system):
            yield system

    return run


@pytest.fixture(scope="session")
def shared_client(new_system: Running) -> Iterator[tuple[TestClient, System]]:
    with new_system() as system:
        yield _served(system)


@pytest.fixture
def desk(shared_client: tuple[TestClient, System]) -> Desk:
    client, system = shared_client
    client.cookies.clear()
    return Desk(client, system)


@pytest.fixture
def empty_desk(new_system: Running) -> Iterator[Desk]:
    """A desk where nobody is known yet."""
    with new_system() as system:
        yield Desk(*_served(system))


@pytest.fixture(scope="session")
def story() -> dict[str, Any]:
    """The worked example of the contract."""
    return worked_example()


def _served(system: System) -> tuple[TestClient, System]:
    return TestClient(create_app(system), raise_server_exceptions=False), system
