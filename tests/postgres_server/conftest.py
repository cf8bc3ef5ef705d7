"""Data folders that the server's user can reach, emptied of processes and removed afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from klantbeeld.postgres_server import running
from tests.postgres_server.owners import is_over
from tests.waiting import until


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="kb-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


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
    parent = Path(tempfile.mkdtemp(prefix="kb-", dir="/tmp"))
    parent.chmod(0o711)
    data_dir = parent / "data"
    yield data_dir
    if data_dir.is_dir():
        until(lambda: is_over(data_dir))
    shutil.rmtree(parent)


@pytest.fixture
def data_dir(new_dir: Path, made_once: Path) -> Path:
    """A data folder with a stopped server in it."""
    subprocess.run(["cp", "-a", str(made_once), str(new_dir)], check=True)
    return new_dir
