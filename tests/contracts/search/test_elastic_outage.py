"""An Elasticsearch of its own is killed and frozen: search waits and catches up, and nothing else notices."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from klantbeeld.log.postgres.database import Database
from projections.search.elastic.client import READ_PATIENCE
from projections.search.elastic.engine import connect
from projections.search.port import SearchAway
from tests.contracts.search.following_outside import Outside, said
from tests.domain.household import household
from tests.folders import short_lived
from tests.stack import Stack, run_stack

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Server:
    """Started again it has the same port and data."""

    folder: Path
    url: str

    @contextmanager
    def killed(self) -> Iterator[None]:
        run_stack("kill", "elasticsearch", "--dir", str(self.folder))
        try:
            yield
        finally:
            run_stack("start", "elasticsearch", "--dir", str(self.folder))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        pid = json.loads((self.folder / "state.json").read_text())["elasticsearch"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[Server]:
    """Not the shared one, which other tests use at this moment. `stack` says whether there may be one."""
    with short_lived() as parent:
        folder = parent / "stack"
        options = ("--dir", str(folder), "--parts", "elasticsearch", "--owner", str(os.getpid()), "--json")
        said = json.loads(run_stack("up", *options))
        yield Server(folder, said["KLANTBEELD_ELASTICSEARCH_URL"])
        run_stack("down", "--dir", str(folder))


@pytest.fixture
def filled(database: Database, server: Server) -> Iterator[Outside]:
    installation = Outside(database, engine=connect(server.url, f"t{time.monotonic_ns()}-"))
    installation.take(household())
    yield installation
    installation.connection.close()


def test_a_server_that_was_killed_is_caught_up_with_and_nothing_is_missing(
    filled: Outside, server: Server
) -> None:
    before = filled.position("search")
    with server.killed():
        filled.settle_timeline(said(9000, "tijdens de storing"))
        with pytest.raises(SearchAway):
            filled.settle()
        with pytest.raises(SearchAway):
            filled.engine.reader.search("lamp")
        assert (filled.position(), filled.position("search")) == (before + 1, before)
    filled.settle()
    assert len(filled.hits("storing")) == 1
    assert filled.verify().well


def test_a_server_that_hangs_holds_up_one_reader_at_a_time(filled: Outside, server: Server) -> None:
    reader = filled.engine.reader
    with server.frozen(), ThreadPoolExecutor(1) as other:
        with pytest.raises(SearchAway):
            reader.search("lamp")
        waiting = other.submit(reader.search, "lamp")
        while not filled.engine.client.gate.trying.locked():
            assert not waiting.done()
        began = time.monotonic()
        with pytest.raises(SearchAway):
            reader.search("lamp")
        assert time.monotonic() - began < READ_PATIENCE / 2
        assert isinstance(waiting.exception(), SearchAway)
    assert filled.hits("lamp")
