"""Fixtures of the API tests."""

import pytest
from starlette.testclient import TestClient

from tests.api.memory_system import MemorySystem, client


@pytest.fixture
def system() -> MemorySystem:
    return MemorySystem()


@pytest.fixture
def api(system: MemorySystem) -> TestClient:
    return client(system)
