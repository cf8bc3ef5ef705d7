"""A worker that would meet the same refusal again and again halts, instead of being started for ever."""

import base64
import threading

import pytest

from klantbeeld.settings import load
from streams.supervision import Supervisor
from tests.projections.installation import Installation
from tests.projections.test_commands import address

DEADLINE = 60


def test_a_worker_with_another_master_key_halts(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLANTBEELD_DATABASE_URL", address(installation))
    monkeypatch.setenv("KLANTBEELD_MASTER_KEY", base64.b64encode(b"o" * 32).decode())
    monkeypatch.setenv("KLANTBEELD_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("KLANTBEELD_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    order = {"settings": load(), "processor": "timeline", "metrics": ("127.0.0.1", 0)}
    supervisor, ended_well = Supervisor("timeline", "klantbeeld.cli.worker", order), list[bool]()
    running = threading.Thread(target=lambda: ended_well.append(supervisor.run()))
    running.start()
    running.join(DEADLINE)
    supervisor.stop()
    running.join(DEADLINE)
    assert ended_well == [False]
