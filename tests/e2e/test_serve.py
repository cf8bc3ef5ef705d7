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
from tests.e2e.modes import Mode, processes_on
from tests.postgres_server.owners import kill_hard, parent_of, postmaster_pid
from tests.waiting import until

TOKEN_KEY = "a token key for tests of 32 bytes"
EVENT = "application/cloudevents+json"
ANNA = {"type": "email", "value": "anna@example.nl"}
CALL = {
    "specversion": "1.0",
    "source": "/pbx",
    "id": "1",
    "type": "klantbeeld.interaction.started",
    "time": "2026-03-04T10:30:00Z",
    "data": {
        "identifiers": [ANNA],
        "interaction_id": "pbx:1",
        "channel": "phone",
        "direction": "inbound",
        "subject": "Vraag over garantie",
    },
}


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
    mode: Mode, number: signal.Signals
) -> None:
    settings = mode.new() | {"token_key": TOKEN_KEY}
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
    assert processes_on(settings) == []


def test_what_is_posted_becomes_readable_and_is_news_whoever_processes_it(mode: Mode) -> None:
    settings = mode.new() | {"token_key": TOKEN_KEY}
    agent, connector = (
        run("token", "--role", role, "--name", "Anna", **settings).stdout.strip()
        for role in ("agent", "connector")
    )
    with mode.working(settings), command("serve", "--port", "0", **settings) as server:
        url = url_of(server)
        stream = listening_to_news(url, agent)
        lookup = json.dumps({"identifiers": [ANNA], "include": ["brief"]}).encode()
        status, told = ask(f"{url}/v1/events", connector, json.dumps(CALL).encode(), EVENT)
        assert (status, told["accepted"]) == (202, 1)
        server.until(lambda: ask(f"{url}/v1/customers/lookup", agent, lookup)[0] == 200)
        waiting = f"{url}/v1/customers/lookup?wait_for={told['position']}"
        status, found = ask(waiting, agent, lookup)
        assert (status, found["brief"]["freshness"]["incomplete"]) == (200, [])
        search = f"{url}/v1/search?wait_for={told['position']}"
        server.until(lambda: ask(search, agent, b'{"query": "garantie"}')[1].get("items"))
        assert found["customer_id"].encode() in heard(stream, b"interaction.started")
        stream.close()


def heard(stream: http.client.HTTPResponse, name: bytes) -> bytes:
    """The data of the first event of this name."""
    for line in stream:
        if line.startswith(b"event: " + name):
            return next(line for line in stream if line.startswith(b"data: "))
    raise AssertionError("the stream ended")


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
