"""A supervisor ends its worker, whatever that worker does."""

import threading
import time

import psutil

from streams.supervision import Supervisor

DEADLINE = 30


def _frozen_child() -> psutil.Process | None:
    children = psutil.Process().children()
    return next((one for one in children if one.status() == psutil.STATUS_STOPPED), None)


def test_a_worker_that_does_not_end_in_time_is_killed() -> None:
    supervisor = Supervisor("frozen", "tests.streams.frozen", {}, stopping_takes_at_most=0.2)
    running = threading.Thread(target=supervisor.run)
    running.start()
    deadline = time.monotonic() + DEADLINE
    while (child := _frozen_child()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    supervisor.stop()
    running.join(DEADLINE)
    left_behind = child.is_running()
    if left_behind:
        child.kill()
    assert not left_behind
