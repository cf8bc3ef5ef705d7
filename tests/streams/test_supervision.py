"""A supervisor ends its worker, whatever that worker does."""

import threading
import time

import psutil
import pytest

from streams.supervision import Supervisor

DEADLINE = 30


def _frozen_child() -> psutil.Process:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        for child in psutil.Process().children():
            if child.status() == psutil.STATUS_STOPPED:
                return child
        time.sleep(0.01)
    raise AssertionError("no child is frozen")


def test_a_worker_that_does_not_end_in_time_is_killed() -> None:
    supervisor = Supervisor("frozen", "tests.streams.frozen", {}, stopping_takes_at_most=0.2)
    running = threading.Thread(target=supervisor.run, daemon=True)
    running.start()
    child = _frozen_child()
    supervisor.stop()
    running.join(DEADLINE)
    left_behind = child.is_running()
    if left_behind:
        child.kill()
    assert not left_behind


def test_what_a_library_writes_in_a_worker_does_not_get_among_a_commands_answers(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert not Supervisor("talkative", "tests.streams.talkative", {}).run()
    assert capfd.readouterr().out == ""
