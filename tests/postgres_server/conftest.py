"""Data folders that the server's user can reach, emptied of processes and removed afterwards."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from klantbeeld.postgres_server import running
from tests.folders import short_lived
from tests.postgres_server.owners import is_over
from tests.waiting import until


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    with short_lived() as folder:
        yield folder


@pytest.fixture(scope="module")
def made_once(module_folder: Path) -> Path:
    """A data folder whose server has run and stopped: copies of it start faster than new ones."""
    data_dir = module_folder / "made once"
    with running(data_dir, fast_unsafe=True):
        pass
    until(lambda: is_over(data_dir))
    return data_dir


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """The path of a data folder that does not exist yet."""
    with short_lived() as parent:
        data_dir = parent / "data"
        yield data_dir
        if data_dir.is_dir():
            until(lambda: is_over(data_dir))


@pytest.fixture
def data_dir(new_dir: Path, made_once: Path) -> Path:
    """A data folder with a stopped server in it."""
    subprocess.run(["cp", "-a", str(made_once), str(new_dir)], check=True)
    return new_dir
