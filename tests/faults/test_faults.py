"""A small fault run: some of everything in a few minutes, and what a run leaves behind when it is itself the victim."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults import warden
from tests.faults.catalogue import drawn
from tests.faults.ground import PARTS, ROOT
from tests.faults.run import Plan, own_folder, own_ground, ran
from tests.waiting import until

FAULTS = 15
EVENTS = 4000
SEED = 20261122


@pytest.mark.timeout(420)
def test_fifteen_faults_of_all_kinds_lose_nothing_and_double_nothing(work_folder: Path) -> None:
    faults = drawn(FAULTS, PARTS, SEED, brief=True)
    plan = Plan(faults=faults, events=EVENTS, seed=SEED, rate=80.0, settle=False)
    with own_folder(work_folder) as folder, own_ground(folder, PARTS) as ground:
        outcome = ran(ground, folder, plan)
    assert [one.name for one in outcome.injected] == [fault.name for fault in faults]
    assert outcome.bugs
    assert outcome.verdict.problems == []
    assert str(outcome.verdict) == "lost 0, doubled 0"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_run_that_is_ended_leaves_nothing_running_and_no_folder(
    work_folder: Path, number: signal.Signals, status: int
) -> None:
    with _running("--faults", "100", "--brief", "--rate", "20", "--dir", str(work_folder)) as run:
        until(lambda: run.poll() is not None or len(_servers_of(work_folder)) >= 6, 120)
        assert run.poll() is None
        run.send_signal(number)
        assert run.wait(60) == status
    until(lambda: not _servers_of(work_folder), 60)
    until(lambda: not work_folder.exists(), 60)


@contextmanager
def _running(*options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.faults", "--no-elasticsearch", *options]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _servers_of(folder: Path) -> list[int]:
    """Processes of the run in this folder, the stack's left out: its own tests see to those."""
    return [
        process.pid
        for process in psutil.process_iter()
        if warden.MARK in (found := _environment(process))
        and found.get("KLANTBEELD_DATA_DIR", "").startswith(str(folder))
    ]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}
