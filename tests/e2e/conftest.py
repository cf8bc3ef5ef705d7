"""Data folders that the database's user can reach, and removed once nothing uses them; installations in both modes."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from klantbeeld.postgres_server import Server, running
from tests.e2e.commands import is_quiet
from tests.e2e.modes import Mode, Settings, with_database, with_stack
from tests.folders import short_lived
from tests.stack import Stack, own_names
from tests.waiting import until


@pytest.fixture(scope="module")
def new_folder() -> Iterator[Callable[[], Path]]:
    """Makes paths of data folders; what runs there at the end must end by itself."""
    made: list[Path] = []
    with short_lived() as parent:

        def make() -> Path:
            made.append(parent / f"data-{len(made)}")
            return made[-1]

        yield make
        until(lambda: all(is_quiet(folder) for folder in made))


@pytest.fixture(scope="module")
def server(new_folder: Callable[[], Path]) -> Iterator[Server]:
    with running(new_folder() / "postgresql", fast_unsafe=True) as server:
        yield server


@pytest.fixture(scope="module")
def new_installation(server: Server, new_folder: Callable[[], Path]) -> Callable[[], Settings]:
    """Makes the settings of an installation with a database of its own."""
    return lambda: with_database(server, new_folder())


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def mode(request: pytest.FixtureRequest, new_folder: Callable[[], Path]) -> Iterator[Mode]:
    """Embedded: with the database in the data folder."""
    if request.param == "embedded":
        yield Mode(distributed=False, new=lambda: {"data_dir": str(new_folder())})
    else:
        yield from _distributed(request)


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def mode_on_database(request: pytest.FixtureRequest) -> Iterator[Mode]:
    """Embedded: with a database of one's own."""
    if request.param == "embedded":
        yield Mode(distributed=False, new=request.getfixturevalue("new_installation"))
    else:
        yield from _distributed(request)


@pytest.fixture(scope="module")
def distributed(request: pytest.FixtureRequest) -> Iterator[Mode]:
    yield from _distributed(request)


def _distributed(request: pytest.FixtureRequest) -> Iterator[Mode]:
    """Kafka and Elasticsearch of the stack, a database of one's own."""
    stack: Stack = request.getfixturevalue("stack")
    new: Callable[[], Settings] = request.getfixturevalue("new_installation")
    numbers = itertools.count()
    with own_names(stack) as names:

        def settings() -> Settings:
            own = f"{names.topic_prefix}{next(numbers)}."
            return with_stack(new(), stack, own)

        yield Mode(distributed=True, new=settings)
