"""One PostgreSQL for all tests of search, and an empty database for each test that asks for one."""

from collections.abc import Iterator

import pytest

from klantbeeld.log.postgres.database import Database
from klantbeeld.postgres_server import Server
from projections.search.elastic.engine import ElasticEngine, connect
from projections.search.memory import MemorySearch
from projections.search.port import SearchIndex
from projections.search.postgres import PostgresSearch
from tests.contracts.search.elastic import Elastic, PromptIndex
from tests.databases import fresh_database, served
from tests.stack import Names, Stack, own_names


@pytest.fixture(scope="session")
def search_server() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture
def database(search_server: Server) -> Iterator[Database]:
    """A database with all schemas and no rows."""
    with fresh_database(search_server) as database:
        yield database


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
