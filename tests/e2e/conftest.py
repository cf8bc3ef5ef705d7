"""Data folders that the database's user can reach, and removed once nothing uses them."""

import base64
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from klantbeeld.postgres_server import Server, running
from tests.e2e.commands import is_quiet
from tests.postgres_server.owners import until

Settings = dict[str, str]


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


@pytest.fixture(scope="module")
def server(new_folder: Callable[[], Path]) -> Iterator[Server]:
    with running(new_folder() / "postgresql", fast_unsafe=True) as server:
        yield server


@pytest.fixture(scope="module")
def new_installation(server: Server, new_folder: Callable[[], Path]) -> Callable[[], Settings]:
    """Makes the settings of an installation with a database of its own."""

    def make() -> Settings:
        folder = new_folder()
        name = folder.name.replace("-", "_")
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        key = base64.b64encode(b"m" * 32).decode()
        url = f"postgresql:///{name}?host={server.socket_dir}&port={server.port}&user=klantbeeld"
        return {"data_dir": str(folder), "database_url": url, "master_key": key}

    return make
