"""For those who keep it running, and what every answer carries."""

import re

import pytest
from prometheus_client import CollectorRegistry, Gauge
from starlette.testclient import TestClient

from api.app import create_app
from api.edge import HEADERS
from klantbeeld.log.kafka.spool import Waiting
from tests.api.memory_system import BATCH, MemorySystem, bearer, event


def test_alive_needs_nothing_behind_it(api: TestClient, system: MemorySystem) -> None:
    system.missing = ["postgresql"]
    assert api.get("/livez").json() == {"status": "alive"}


def test_not_ready_names_what_is_missing(api: TestClient, system: MemorySystem) -> None:
    assert api.get("/readyz").json() == {"status": "ready"}
    system.missing = ["postgresql"]
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["missing"] == ["postgresql"]


@pytest.fixture
def counting(system: MemorySystem) -> TestClient:
    """An application that nobody has asked anything yet."""
    return TestClient(create_app(system))


def test_metrics_count_events_by_what_became_of_them_and_name_nobody(counting: TestClient) -> None:
    batch = [event("a"), event("a"), event("b"), event("c", type="klantbeeld.x")]
    counting.post("/v1/events", json=batch, headers={**bearer("connector"), "Content-Type": BATCH})
    written = counting.get("/metrics")
    assert written.headers["content-type"].startswith("text/plain")
    assert 'klantbeeld_events_total{code="",status="accepted"} 2.0' in written.text
    assert 'klantbeeld_events_total{code="",status="duplicate"} 1.0' in written.text
    assert 'klantbeeld_events_total{code="unknown_type",status="rejected"} 1.0' in written.text
    assert "anna" not in written.text
    assert "shop/chat" not in written.text


def test_requests_are_timed_by_route_never_by_path(counting: TestClient) -> None:
    counting.get("/v1/schemas/order.placed/1", headers=bearer("agent"))
    counting.get("/anna@example.nl")
    counting.request("BREW", "/livez")
    counted = set(re.findall(r"_seconds_count{(.*)} ", counting.get("/metrics").text))
    assert counted == {
        'method="GET",route="/v1/schemas/{name}/{version}",status="200"',
        'method="GET",route="(none)",status="404"',
        'method="other",route="/livez",status="405"',
    }


def test_other_parts_add_their_metrics_to_the_registry(system: MemorySystem) -> None:
    registry = CollectorRegistry()
    Gauge("klantbeeld_balance", "of another part", registry=registry).set(7)
    assert "klantbeeld_balance 7.0" in TestClient(create_app(system, (), registry)).get("/metrics").text


def test_what_waits_for_kafka_is_told_where_there_is_kafka(
    counting: TestClient, system: MemorySystem
) -> None:
    assert "klantbeeld_spool" not in counting.get("/metrics").text
    system.waiting = Waiting(records=3, bytes=900, oldest=12.5, full=True)
    told = dict(re.findall(r"^klantbeeld_spool_(\w+) (\S+)$", counting.get("/metrics").text, re.MULTILINE))
    assert told == {"records": "3.0", "bytes": "900.0", "oldest_seconds": "12.5", "full": "1.0"}


@pytest.mark.parametrize("path", ["/livez", "/nothing", "/v1/session", "/", "/openapi.json"])
def test_every_answer_carries_the_protective_headers(api: TestClient, path: str) -> None:
    answer = api.get(path)
    assert {name.decode() for name in HEADERS} <= set(answer.headers)
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/livez", "/", "/openapi.json", "/nothing"])
def test_head_answers_as_get_does_without_the_body(api: TestClient, path: str) -> None:
    head, get = api.head(path), api.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2fetc%2fpasswd", ".", "nope.css"])
def test_only_the_pages_themselves_are_served(api: TestClient, name: str) -> None:
    assert api.get(f"/pages/{name}").status_code == 404


def test_the_list_of_operations_fetches_nothing_from_elsewhere(api: TestClient) -> None:
    page = api.get("/docs")
    assert "POST /v1/events" in page.text
    assert not re.search(r"https?://", page.text)
    for link in re.findall(r'(?:href|src)="(/[^"]*)"', page.text):
        assert api.get(link).status_code == 200
