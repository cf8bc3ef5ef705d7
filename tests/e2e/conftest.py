"""Data folders that the database's user can reach, and removed once nothing uses them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import is_quiet
from tests.postgres_server.owners import until


@pytest.fixture(scope="module")
def new_folder() -> Iterator[Callable[[], Path]]:
    """Makes paths of data folders; what runs there at the end must end by itself."""
    parent = Path(tempfile.mkdtemp(prefix="kb-", dir="/tmp"))
    parent.chmod(0o711)
    made: list[Path] = []

    def make() -> Path:
        made.append(parent / f"data-{len(made)}")
        return made[-1]

    yield make
    until(lambda: all(is_quiet(folder) for folder in made))
    shutil.rmtree(parent)
