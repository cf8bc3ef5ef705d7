"""Whatever is sent as events gets a clear answer: a problem document or a result, never a 500, and nothing is lost."""

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from api.app import create_app
from tests.api.memory_system import BATCH, EVENT, MemorySystem, bearer, data, event

HEADERS = bearer("connector")


def send(api: TestClient, content: Any, kind: str, **headers: str) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return api.post("/v1/events", content=body, headers={**HEADERS, "Content-Type": kind, **headers})


UNREADABLE = {
    "nothing": (b"", "bad_json"),
    "white space": (b" \n", "bad_json"),
    "no JSON": (b"hello", "bad_json"),
    "half an event": (b'{"id": "1"', "bad_json"),
    "half a batch": (b'[{"id": "1"}', "bad_json"),
    "a bare NUL": (b"[\x00]", "bad_json"),
    "two documents": (b"{} {}", "bad_json"),
    "a list without end": (b"[" * 200_000, "too_deep"),
    "no UTF-8": (b'{"id": "\xff"}', "bad_encoding"),
    "UTF-16": ('{"id": "1"}'.encode("utf-16"), "bad_encoding"),
}


@pytest.mark.parametrize("kind", [EVENT, BATCH])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_cannot_be_read_is_400_with_a_code(api: TestClient, name: str, kind: str) -> None:
    body, code = UNREADABLE[name]
    answer = send(api, body, kind)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {code, "not_a_batch"} if kind == BATCH else {code}


@pytest.mark.parametrize("body", [b"1", b'"text"', b"null", b"[]", b"[{}]", b"true"])
def test_a_single_event_must_be_an_object(api: TestClient, body: bytes) -> None:
    answer = send(api, body, EVENT)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_an_event")


@pytest.mark.parametrize("body", [b"1", b'"text"', b"null", b"{}", b"true"])
def test_a_batch_must_be_a_list(api: TestClient, body: bytes) -> None:
    answer = send(api, body, BATCH)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_batch")


REJECTED: dict[str, tuple[Any, str]] = {
    "a number": (1, "wrong_type"),
    "nothing in it": ({}, "missing_field"),
    "no id": (event(id=None), "missing_field"),
    "an empty id": (event(id=""), "empty_value"),
    "a numeric id": (event(id=7), "wrong_type"),
    "an id with NUL": (event(id="a\0b"), "control_character"),
    "an endless id": (event(id="x" * 300), "too_long"),
    "no time": (event(time=None), "missing_field"),
    "no time at all": (event(time="yesterday"), "bad_value"),
    "a time without offset": (event(time="2026-03-01T10:00:00"), "missing_offset"),
    "the year 9999": (event(time="9999-12-31T23:59:59Z"), "time_out_of_range"),
    "the year 1899": (event(time="1899-12-31T23:59:59Z"), "time_out_of_range"),
    "two days ahead": (event(time="2026-03-04T10:00:00Z"), "time_in_future"),
    "an unknown type": (event(type="klantbeeld.nothing.known"), "unknown_type"),
    "a type without prefix": (event(type="interaction.recorded"), "unknown_type"),
    "an unknown version": (event(dataschema="urn:klantbeeld:interaction.recorded:9"), "unknown_version"),
    "data that is text": (event(data="text"), "wrong_type"),
    "no identifiers": (event(data=data(identifiers=[])), "missing_field"),
    "an unknown channel": (event(data=data(channel="pigeon")), "unknown_value"),
    "a text that is a number": (event(data=data(text=5)), "wrong_type"),
    "an identifier with NUL": (
        event(data=data(identifiers=[{"type": "email", "value": "a\0@example.nl"}])),
        "control_character",
    ),
    "a huge sequence": (event(sequence=10**30), "out_of_range"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_bad_event_is_rejected_with_a_code_and_the_others_are_not(
    api: TestClient, system: MemorySystem, name: str
) -> None:
    bad, code = REJECTED[name]
    answer = send(api, [event("before"), bad, event("after")], BATCH)
    assert answer.status_code == 202
    assert [one["status"] for one in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
    assert answer.json()["results"][1]["code"] == code
    assert system.log.ends() == {0: 2}


YEAR_ZERO = json.dumps(event(time="0000-01-01T00:00:00Z")).encode()
ODD: dict[str, bytes] = {
    "the year 0": YEAR_ZERO,
    "half a surrogate pair": json.dumps(event(data=data(text="\ud83d"))).encode(),
    "half a surrogate pair as id": json.dumps(event("\udc00")).encode(),
    "NaN": json.dumps(event(data=data(score=float("nan")))).encode(),
    "a number beyond floats": json.dumps(event()).replace('"chat"', "1e999").encode(),
    "a member twice": json.dumps(event()).replace('"id"', '"id": "twice", "id"').encode(),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_events_are_refused_by_name_or_taken_as_they_came(
    api: TestClient, system: MemorySystem, name: str
) -> None:
    before = json.dumps(event("before")).encode()
    answer = send(api, b"[" + before + b"," + ODD[name] + b"]", BATCH)
    assert answer.status_code == 202
    first, odd = answer.json()["results"]
    assert first["status"] == "accepted"
    assert odd["status"] == "accepted" or odd["code"]
    assert system.log.ends() == {0: answer.json()["accepted"]}


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_a_deeply_nested_event_is_taken_or_refused_but_breaks_nothing(
    api: TestClient, system: MemorySystem, depth: int
) -> None:
    nested = b'{"a":' * depth + b"1" + b"}" * depth
    body = json.dumps(event(data=data(deep="DEEP"))).encode().replace(b'"DEEP"', nested)
    answer = send(api, body, EVENT)
    assert answer.status_code in {202, 400}
    assert answer.status_code == 202 or answer.json()["code"] == "too_deep"
    assert sum(system.log.ends().values()) == (answer.json().get("accepted", 0))
    assert send(api, event("next"), EVENT).json()["accepted"] == 1


def test_a_body_over_8_mib_is_413_and_its_events_are_not_recorded(
    api: TestClient, system: MemorySystem
) -> None:
    answer = send(api, [event(data=data(text="x" * 10_000_000))], BATCH)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert system.log.ends() == {0: 0}


def test_a_body_just_under_8_mib_is_read(api: TestClient) -> None:
    assert send(api, b"[" + b" " * (8 * 1024 * 1024 - 2) + b"]", BATCH).status_code == 202


def test_reading_stops_at_the_limit_whatever_content_length_says(system: MemorySystem) -> None:
    pulled, statuses = 0, []
    sent = {**HEADERS, "content-type": BATCH, "content-length": "12"}

    async def receive() -> Message:
        nonlocal pulled
        pulled += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send_on(message: Message) -> None:
        statuses.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/events",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
    }
    asyncio.run(create_app(system)(scope, receive, send_on))
    assert statuses[0] == 413
    assert pulled == 8 * 16 + 1


def test_an_announced_giant_is_refused_before_it_is_read(api: TestClient) -> None:
    answer = send(api, b"[]", BATCH, **{"Content-Length": str(10**12)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_caller_without_an_access_token_is_told_so_before_its_body_counts(api: TestClient) -> None:
    answer = api.post("/v1/events", content=b"x" * 10_000_000, headers={"Content-Type": BATCH})
    assert answer.status_code == 401


def test_duplicates_inside_one_batch_are_recorded_once(api: TestClient, system: MemorySystem) -> None:
    other = event("twin", data=data(text="Anders"))
    answer = send(api, [event("twin"), event("twin"), other], BATCH).json()
    assert [(one["status"], one.get("code")) for one in answer["results"]] == [
        ("accepted", None),
        ("duplicate", None),
        ("duplicate", "differs"),
    ]
    assert system.log.ends() == {0: 1}
