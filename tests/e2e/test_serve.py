"""`klantbeeld serve`: says where it listens, ends when told to, and gives up when its database is gone for good."""

import http.client
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from klantbeeld.postgres_server.layout import Layout
from klantbeeld.postgres_server.postmaster import described
from tests.e2e.commands import Command, ask, command, is_quiet, run
from tests.postgres_server.owners import kill_hard, parent_of, postmaster_pid, until

TOKEN_KEY = "a token key for tests of 32 bytes"


def url_of(server: Command) -> str:
    server.until_said("listening on")
    return server.err.split("listening on ")[1].split()[0]


def listening_to_news(url: str, token: str) -> http.client.HTTPResponse:
    """A stream that has begun and stays open."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request("GET", "/v1/live", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read1()
    return answer


def running_pid(database: Path) -> int | None:
    found = described(Layout(data_dir=database))
    return found.pid if found and found.ready else None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_seconds_though_somebody_listens_to_the_news(
    new_folder: Callable[[], Path], number: signal.Signals
) -> None:
    settings = {"data_dir": str(new_folder()), "token_key": TOKEN_KEY}
    token = run("token", "--role", "agent", "--name", "Anna", **settings).stdout.strip()
    with command("serve", "--port", "0", **settings) as server:
        url = url_of(server)
        assert ask(f"{url}/readyz", "") == (200, {"status": "ready"})
        stream = listening_to_news(url, token)
        told_at = time.monotonic()
        assert server.signalled(number) == 0
        assert time.monotonic() - told_at < 10
        stream.close()
        assert server.out == ""
        assert all(json.loads(line)["event"] for line in server.err.splitlines() if line.startswith("{"))
        assert "Traceback" not in server.err


def test_a_database_that_dies_is_started_again_and_one_that_is_lost_ends_the_server(
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()
    database = folder / "postgresql"
    with command("serve", "--port", "0", data_dir=str(folder)) as server:
        url = url_of(server)
        dead = postmaster_pid(database)
        kill_hard(dead)
        server.until(lambda: running_pid(database) not in (None, dead) and ask(f"{url}/readyz", "")[0] == 200)
        kill_hard(parent_of(postmaster_pid(database)))
        assert server.ended() == 1
        assert '"event": "database_lost"' in server.err
    until(lambda: is_quiet(folder))
