"""Fault runs break their parts, so they get a stack of their own."""

import os
from pathlib import Path

import pytest

from tests.stack import _SWITCH as SWITCH

_REASON = f"needs a local stack of its own: set {SWITCH}=1 (Kafka and PostgreSQL, started for the test)"


@pytest.fixture
def work_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run may make its stack. Not under `tmp_path`: a system user must be able to pass, and paths be short."""
    if not os.environ.get(SWITCH):
        pytest.skip(_REASON)
    return Path("/var/tmp") / f"kb-faults-test-{os.getpid()}-{tmp_path_factory.getbasetemp().name}"
