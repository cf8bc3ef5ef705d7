"""Fixtures and rules every test shares. Fixtures that belong to one part live in that part's folder."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from tests.stack import own_stack, stack, stack_names  # noqa: F401  (fixtures for every test)

ROOT = Path(__file__).resolve().parent.parent
MARK = "TEST_SESSION_MARK"

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets; a test that needs one is skipped where the folder is absent."""
    folder = Path(os.environ.get("KLANTBEELD_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(
            f"needs the real data sets: set KLANTBEELD_TEST_DATA to their folder (looked in {folder})"
        )
    return folder


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Set up first, so torn down last: every process that a test started must have ended by then."""
    mark = uuid.uuid4().hex
    os.environ[MARK] = mark
    yield
    _, alive = psutil.wait_procs(_started_here(mark), timeout=10)
    left = [f"{process.pid} {_command(process)}" for process in alive]
    assert not left, f"tests left processes running: {left}"


def _started_here(mark: str) -> list[psutil.Process]:
    """Children, and processes that left us as parent but carry our mark in their environment."""
    children = psutil.Process().children(recursive=True)
    marked = [process for process in psutil.process_iter() if _environment(process).get(MARK) == mark]
    return [process for process in {*children, *marked} if process.pid != os.getpid() and _is_alive(process)]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return "(gone)"
