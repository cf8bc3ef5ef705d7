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
from tests.contracts.log.brokers import Broker, kafka_log, own_broker
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


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    with own_broker() as broker:
        yield broker


@pytest.fixture(params=[*ADAPTERS, "kafka"])
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
    elif request.param == "postgres":
        yield PostgresLog(request.getfixturevalue("database"))
    else:
        with kafka_log(request.getfixturevalue("broker"), request.getfixturevalue("database")) as log:
            yield log


@pytest.fixture(params=ADAPTERS)
def keys(request: pytest.FixtureRequest) -> KeyStore:
    if request.param == "memory":
        return MemoryKeyStore()
    return key_store(request.getfixturevalue("database"))


def key_store(database: Database) -> PostgresKeyStore:
    return PostgresKeyStore(database, open_names(database, MASTER_KEY), MASTER_KEY)
