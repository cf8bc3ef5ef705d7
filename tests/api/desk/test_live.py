"""The live stream over a real connection: what is told to whom, and nothing missed after a break."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.live import hub as hubs
from api.live import subscriber as subscribers
from api.live.hub import Hub
from api.routes import live as route
from api.server import HttpServer, bound, url_of
from klantbeeld.bootstrap import System
from klantbeeld.log.positions import from_text
from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique

WITHIN = 10.0


@pytest.fixture(scope="module")
def url(shared_client: tuple[TestClient, System]) -> Iterator[str]:
    """Where the application of the desk listens."""
    listener, ready = bound("127.0.0.1", 0), threading.Event()
    server = HttpServer(shared_client[0].app, listener, ready.set)
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    assert ready.wait(WITHIN)
    yield url_of(listener)
    server.stop()
    server.stop()
    thread.join(WITHIN)


class Stream:
    """One connection. `told` reads on until there are so many events; comments and ids are kept too."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.last_id: str | None = None
        self.comments = 0

    def told(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        return [self.next() for _ in range(count)]

    def next(self) -> tuple[str, dict[str, Any]]:
        name, data = "", ""
        for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "id":
                self.last_id = value
            elif field == "event":
                name = value
            elif field == "data":
                data = value
            elif line.startswith(":"):
                self.comments += 1
            elif not line and name:
                return name, json.loads(data)
        raise AssertionError("the stream ended")

    def idle_until(self, reached: Callable[[], bool]) -> None:
        for _ in self._lines_with_ids():
            if reached():
                return

    def _lines_with_ids(self) -> Iterator[None]:
        for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
            yield


Listen = Callable[..., Any]


@pytest.fixture
def listen(desk: Desk, url: str) -> Listen:
    """Opens a connection; once it is there, everything that happens is told."""

    @contextmanager
    def opened(
        after: str | None = None, id: str = "a-1", headers: Any = None, **query: Any
    ) -> Iterator[Stream]:
        asked = dict(headers or desk.token("agent", id))
        asked |= {"Last-Event-ID": after} if after else {}
        arguments: dict[str, Any] = {"params": query, "headers": asked, "timeout": WITHIN}
        with httpx.Client() as client, client.stream("GET", f"{url}/v1/live", **arguments) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield Stream(answer.iter_lines())

    return opened


def known(desk: Desk) -> tuple[dict[str, str], str]:
    who = email()
    desk.send(talk([who]))
    return who, desk.customer(who)


def test_what_is_added_to_a_customer_is_told_to_who_watches_them_and_to_nobody_else(
    desk: Desk, listen: Listen
) -> None:
    who, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send(talk([email()], text="Iemand anders"))
        sent = talk([who], text="Geheim")
        desk.send(sent)
        name, data = stream.next()
    assert (name, data["type"], data["customer_id"]) == ("timeline.added", "interaction.recorded", customer)
    newest = desk.get(f"/v1/customers/{customer}/timeline", limit=1).json()["items"][0]
    assert data["entry_id"] == newest["entry_id"]
    assert "Geheim" not in json.dumps(data)


def ringing(who: dict[str, str], **data: Any) -> dict[str, Any]:
    given = {"interaction_id": unique("call"), "channel": "phone", "direction": "inbound", **data}
    return event("interaction.started", [who], ago(seconds=1), **given)


def test_a_call_is_told_to_its_agent_and_its_queue(desk: Desk, listen: Listen) -> None:
    who, customer = known(desk)
    mine, sales = unique("agent"), unique("queue")
    with listen(agent="me", id=mine) as agent, listen(queue=sales) as queue:
        desk.send(
            ringing(email(), agent={"id": "another"}),
            ringing(who, agent={"id": mine}),
            ringing(who, queue=sales),
        )
        for stream in (agent, queue):
            name, data = stream.next()
            assert (name, data["channel"], data["customer_id"]) == ("interaction.started", "phone", customer)


def test_a_past_call_rings_nobody(desk: Desk, listen: Listen) -> None:
    who, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send({**ringing(who), "history": True}, ringing(who))
        assert [name for name, _ in stream.told(3)] == [
            "timeline.added",
            "interaction.started",
            "timeline.added",
        ]


def test_a_follow_up_is_told_to_its_assignee_and_its_team(desk: Desk, listen: Listen) -> None:
    mine, team, external = unique("agent"), unique("team"), unique("f")
    opened = event("follow_up.opened", [email()], follow_up_id=external, kind="callback", team=team)
    id_ = desk.system.names.entity("follow_up", external)
    with listen(agent=mine) as agent, listen(queue=team) as queue:
        desk.send(opened)
        assert queue.next()[1]["type"] == "follow_up.opened"
        tag = desk.get(f"/v1/follow-ups/{id_}").json()["etag"]
        desk.post(f"/v1/follow-ups/{id_}/assign", {"assignee": mine}, role="lead", etag=tag)
        for stream in (agent, queue):
            name, data = stream.next()
            assert (name, data["follow_up_id"], data["assignee"]) == ("follow_up.changed", id_, mine)


def test_who_watches_a_customer_hears_that_it_is_another_now(desk: Desk, listen: Listen) -> None:
    one, other = email(), email()
    desk.send(talk([one], "2026-01-01T10:00:00Z"), talk([other], "2026-01-02T10:00:00Z"))
    kept, gone = desk.customer(one), desk.customer(other)
    with listen(customer_id=gone) as stream:
        desk.send(event("customer.described", [one, other]))
        assert stream.next() == ("customer.redirected", {"customer_id": gone, "to": kept})
        desk.send(talk([one]), event("customer.described", [other]))
        with listen(customer_id=gone) as late:
            assert late.next() == ("customer.redirected", {"customer_id": gone, "to": kept})
    with listen(customer_id=kept) as stream:
        desk.send(talk([other]))
        assert stream.next()[0] == "timeline.added"


def test_a_link_by_hand_is_told_to_who_watches_the_customer_that_went_and_again_after_another_unlink(
    desk: Desk, listen: Listen
) -> None:
    one, other = email(), email()
    desk.send(talk([one], "2026-01-01T10:00:00Z"), talk([other], "2026-01-02T10:00:00Z"))
    kept, gone = desk.customer(one), desk.customer(other)
    pair = [{"type": who["type"], "value": who["value"]} for who in (one, other)]
    judge = {"identifiers": pair, "reason": "She said so"}
    with listen(customer_id=gone) as stream:
        for _ in range(2):
            assert desk.post("/v1/identity/links", judge, role="lead").status_code == 201
            assert stream.next() == ("customer.redirected", {"customer_id": gone, "to": kept})
            assert desk.post("/v1/identity/unlinks", judge, role="lead").status_code == 201
            desk.send(talk([other]))
            name, data = stream.next()
            assert (name, data["customer_id"]) == ("timeline.added", gone)


def test_after_a_break_everything_missed_is_told_once_and_in_order(desk: Desk, listen: Listen) -> None:
    who, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send(talk([who]))
        stream.next()
        last = stream.last_id
    missed = [talk([who], ago(minutes=9 - n)) for n in range(3)]
    desk.send(*missed, talk([email()]))
    desk.settled()
    with listen(customer_id=customer, after=last) as stream:
        desk.send(event("customer.described", [who], language="nl"))
        told = [data for _, data in stream.told(4)]
    assert [one["type"] for one in told] == ["interaction.recorded"] * 3 + ["customer.described"]
    page = desk.get(f"/v1/customers/{customer}/timeline").json()["items"]
    ids = {one["external_id"]: one["entry_id"] for one in page}
    assert [one["entry_id"] for one in told[:3]] == [ids[one["id"]] for one in missed]


def test_the_place_to_resume_from_moves_on_in_silence(
    desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT", 0.1)
    _, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send(talk([email()]))
        aim = from_text(desk.position or "")[0]
        stream.idle_until(lambda: stream.last_id is not None and from_text(stream.last_id)[0] >= aim)


@pytest.mark.parametrize("after", ["0.999999999", "7.1", "x", "~"])
def test_a_place_that_is_not_known_here_resets(listen: Listen, after: str) -> None:
    with listen(after=after) as stream:
        name, data = stream.next()
        assert name == "reset"
        assert data["position"] == stream.last_id


def test_too_much_missed_resets(desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    who, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send(talk([who]))
        stream.next()
        last = stream.last_id
    desk.send(*[talk([who]) for _ in range(4)])
    desk.settled()
    monkeypatch.setattr(hubs, "MOST", 3)
    with listen(customer_id=customer, after=last) as stream:
        assert stream.next()[0] == "reset"


def test_who_does_not_keep_up_is_reset(desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "WAITING", 2)
    who, customer = known(desk)
    with listen(customer_id=customer) as stream:
        desk.send(*[talk([who]) for _ in range(5)])
        assert stream.next()[0] == "reset"
        desk.send(event("customer.described", [who], language="nl"))
        assert stream.next()[1]["type"] == "customer.described"


def test_what_is_no_id_is_404_and_disturbs_nobody(desk: Desk, listen: Listen) -> None:
    answer = desk.get("/v1/live", customer_id=["anna", "x"])
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")
    with listen() as stream:
        desk.send(talk([number()]))
        assert stream.next()[0] == "timeline.added"


def test_without_a_wish_everything_is_told(desk: Desk, listen: Listen) -> None:
    with listen() as stream:
        desk.send(talk([number()]))
        assert stream.next()[0] == "timeline.added"


def test_a_session_of_a_page_may_listen(desk: Desk, url: str, listen: Listen) -> None:
    with httpx.Client() as client:
        cookies = client.post(f"{url}/v1/session", headers=desk.token("agent")).cookies
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    with listen(headers={"Cookie": cookie}) as stream:
        desk.send(talk([number()]))
        assert stream.next()[0] == "timeline.added"


def test_the_stream_ends_with_the_access_token(desk: Desk, listen: Listen) -> None:
    soon = desk.token("agent", days=6 / 86_400)
    with listen(headers=soon) as stream, pytest.raises(AssertionError, match="the stream ended"):
        stream.told(10_000)


def test_when_everybody_has_gone_nobody_looks_any_more(
    desk: Desk, listen: Listen, shared_client: Any
) -> None:
    hub: Hub = shared_client[0].app.state.live
    with listen(), listen():
        assert hub.clients == 2
    deadline = time.monotonic() + WITHIN
    while hub.clients or any(thread.name == "live-hub" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        desk.send(talk([number()]))


@pytest.mark.parametrize("role", ["agent", "lead", "admin"])
def test_who_may_listen_may(desk: Desk, listen: Listen, role: Any) -> None:
    with listen(headers=desk.token(role)):
        pass
