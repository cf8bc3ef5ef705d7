"""The log and the key store behind their ports, of every kind there is."""

import os
from collections.abc import Iterator

import pytest

from klantbeeld.log.memory import MemoryKeyStore, MemoryLog
from klantbeeld.log.port import EventLog, KeyStore
from klantbeeld.log.postgres.database import Database
from klantbeeld.log.postgres.keys import PostgresKeyStore, open_names
from klantbeeld.log.postgres.log import PostgresLog
from klantbeeld.postgres_server import Server
from tests.databases import fresh_database, served

MASTER_KEY = os.urandom(32)
ADAPTERS = ["memory", "postgres"]


@pytest.fixture(scope="session")
def log_server() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture
def database(log_server: Server) -> Iterator[Database]:
    with fresh_database(log_server) as database:
        yield database


@pytest.fixture(params=ADAPTERS)
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryLog()
    return PostgresLog(request.getfixturevalue("database"))


@pytest.fixture(params=ADAPTERS)
def keys(request: pytest.FixtureRequest) -> KeyStore:
    if request.param == "memory":
        return MemoryKeyStore()
    return key_store(request.getfixturevalue("database"))


def key_store(database: Database) -> PostgresKeyStore:
    return PostgresKeyStore(database, open_names(database, MASTER_KEY), MASTER_KEY)
