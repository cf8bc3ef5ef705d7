"""One PostgreSQL for all tests of search, and an empty database for each test that asks for one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from klantbeeld.log.postgres.database import Database, migrate
from klantbeeld.postgres_server import Server, running
from projections import schema
from projections.search.elastic.engine import ElasticEngine, connect
from projections.search.memory import MemorySearch
from projections.search.port import SearchIndex
from projections.search.postgres import PostgresSearch
from tests.contracts.search.elastic import Elastic, PromptIndex
from tests.stack import Names, Stack, own_names

READY, EMPTY = "ready", "search_test"


@pytest.fixture(scope="session")
def search_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="kb-", dir="/tmp"))
    folder.chmod(0o711)
    with running(folder / "data", fast_unsafe=True) as server:
        with _administrator(server) as connection:
            connection.execute(f"CREATE DATABASE {READY}")
        database = _opened(server, READY)
        migrate(database)
        schema.ensure(database)
        database.close()
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(search_server: Server) -> Iterator[Database]:
    """A database with all schemas and no rows."""
    with _administrator(search_server) as connection:
        connection.execute(f"CREATE DATABASE {EMPTY} TEMPLATE {READY}")
    database = _opened(search_server, EMPTY)
    yield database
    database.close()
    with _administrator(search_server) as connection:
        connection.execute(f"DROP DATABASE {EMPTY} WITH (FORCE)")


@pytest.fixture(params=["memory", "postgres", "elasticsearch"])
def index(request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    """An empty index behind the port, of every kind there is."""
    if request.param == "memory":
        yield MemorySearch()
    elif request.param == "elasticsearch":
        yield request.getfixturevalue("elastic_index")
    else:
        connection = request.getfixturevalue("database").dedicated()
        yield PostgresSearch(connection)
        connection.close()


@pytest.fixture(scope="session")
def elastic(stack: Stack) -> Iterator[Elastic]:
    """Elasticsearch with one index for all tests of this process."""
    with own_names(stack) as names:
        yield Elastic(stack, names.index_prefix)


@pytest.fixture
def elastic_index(elastic: Elastic) -> PromptIndex:
    """An empty index in which everything is found at once."""
    return elastic.emptied()


@pytest.fixture
def engine(stack: Stack, stack_names: Names) -> ElasticEngine:
    """Elasticsearch for one test, under names of its own."""
    return connect(stack.elasticsearch_url, stack_names.index_prefix)


@contextmanager
def _administrator(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        yield connection


def _opened(server: Server, name: str) -> Database:
    database = Database(server.url(name))
    database.open()
    return database
