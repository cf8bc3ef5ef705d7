"""Sending events: what is answered about each, and what a connector may send."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.roles import ROLES
from klantbeeld.log.kafka.spool import SpoolFull
from klantbeeld.log.port import LogUnavailable
from tests.api.memory_system import BATCH, EVENT, AwayLog, MemorySystem, bearer, client, data, event

SENDER = bearer("connector")


def send(api: TestClient, content: Any, kind: str = BATCH, **headers: str) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return api.post("/v1/events", content=body, headers={**SENDER, "Content-Type": kind, **headers})


def test_one_event_is_accepted_with_its_position(api: TestClient) -> None:
    answer = send(api, event("e-1"), EVENT)
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1,
        "duplicates": 0,
        "rejected": 0,
        "position": "0.0",
        "results": [{"source": "shop/chat", "id": "e-1", "status": "accepted"}],
    }


def test_results_stand_in_input_order_and_add_up(api: TestClient) -> None:
    batch = [event("a"), event("b", type="klantbeeld.unheard.of"), event("a"), event("c")]
    answer = send(api, batch).json()
    assert [(one["id"], one["status"]) for one in answer["results"]] == [
        ("a", "accepted"),
        ("b", "rejected"),
        ("a", "duplicate"),
        ("c", "accepted"),
    ]
    assert (answer["accepted"], answer["duplicates"], answer["rejected"]) == (2, 1, 1)
    assert answer["results"][1]["code"] == "unknown_type"


def test_a_duplicate_with_other_content_says_so_and_the_first_stays(
    api: TestClient, system: MemorySystem
) -> None:
    send(api, event("a"), EVENT)
    again = send(api, event("a", data=data(text="Iets anders")), EVENT).json()
    assert again["results"][0]["status"] == "duplicate"
    assert again["results"][0]["code"] == "differs"
    assert system.log.ends() == {0: 1}


def test_a_batch_of_nothing_is_accepted_and_has_no_position(api: TestClient) -> None:
    answer = send(api, [])
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 0, "duplicates": 0, "rejected": 0, "position": None, "results": []}


@pytest.mark.parametrize("kind", [EVENT, BATCH])
@pytest.mark.parametrize("parameters", ["; charset=utf-8", ';charset="UTF-8"', "; profile=x"])
def test_the_content_type_may_carry_parameters(api: TestClient, kind: str, parameters: str) -> None:
    content = event() if kind == EVENT else [event()]
    assert send(api, content, kind.upper() + parameters).json()["accepted"] == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/cloudevents", ";"])
def test_another_content_type_is_415(api: TestClient, kind: str) -> None:
    answer = send(api, event(), kind)
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_a_compressed_or_foreign_encoded_body_is_415(api: TestClient) -> None:
    assert send(api, event(), EVENT, **{"Content-Encoding": "gzip"}).status_code == 415
    assert send(api, event(), f"{EVENT}; charset=utf-16").status_code == 415


def test_a_thousand_events_are_taken_and_one_more_is_413(api: TestClient, system: MemorySystem) -> None:
    assert send(api, [event(str(n)) for n in range(1000)]).json()["accepted"] == 1000
    too_many = send(api, [event(f"x{n}") for n in range(1001)])
    assert too_many.status_code == 413
    assert too_many.json()["code"] == "too_many_events"
    assert system.log.ends() == {0: 1000}


@pytest.mark.parametrize("away", [LogUnavailable("the database is away"), SpoolFull()])
def test_when_the_log_is_away_nothing_is_recorded_and_the_caller_is_told_when_to_return(
    away: LogUnavailable,
) -> None:
    answer = send(client(MemorySystem(log=AwayLog(away))), event(), EVENT)
    assert answer.status_code == 503
    assert answer.json()["code"] == away.code
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "type_",
    [
        "identity.linked",
        "identity.unlinked",
        "identity.decision_withdrawn",
        "customer.erased",
        "service_level.breached",
    ],
)
@pytest.mark.parametrize("role", ["connector", "admin"])
def test_nobody_sends_events_of_the_system(api: TestClient, role: Any, type_: str) -> None:
    pair = [{"type": "email", "value": f"{name}@example.nl"} for name in ("anna", "bert")]
    given = event(type=f"klantbeeld.{type_}", data={"pair": pair, "tokens": ["t"]})
    answer = api.post("/v1/events", json=given, headers={**bearer(role), "Content-Type": EVENT}).json()
    assert answer["results"][0]["code"] == "type_not_allowed"


RULES: dict[str, Any] = {"kind": "identity", "version": 2, "document": {"limits": {"phone": {"email": 2}}}}


def sent_by(api: TestClient, role: Any, **changes: Any) -> Any:
    given = event(source="/rules", type="klantbeeld.rules.changed", data=RULES | changes)
    answer = api.post("/v1/events", json=given, headers={**bearer(role), "Content-Type": EVENT})
    return answer.json()["results"][0] if answer.status_code == 202 else answer.status_code


def test_an_admin_changes_the_rules_and_nobody_else(api: TestClient) -> None:
    assert {
        role: sent_by(api, role) for role in ROLES if role not in ("admin", "connector")
    } == dict.fromkeys(("agent", "lead", "ops", "privacy", "service"), 403)
    assert sent_by(api, "connector")["code"] == "type_not_allowed"
    assert sent_by(api, "admin")["status"] == "accepted"


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"document": {"limits": {"phone": {"email": -1}}}}, "bad_rules", "data.document.limits.phone.email"),
        ({"document": {"limit": {}}}, "bad_rules", "data.document.rules"),
        ({"document": {"junk": {"values": {"phone": ["020 1234567"]}}}}, "bad_rules", "junk.values.phone.0"),
        ({"effective_from": "2099-01-01T00:00:00Z"}, "effective_later", "data.effective_from"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_with_the_place(
    api: TestClient, system: MemorySystem, changes: dict[str, Any], code: str, place: str
) -> None:
    refused = sent_by(api, "admin", **changes)
    assert (refused["status"], refused["code"]) == ("rejected", code)
    assert place in refused["detail"]
    assert system.log.ends() == {0: 0}


def test_rules_are_changed_by_another_event_and_not_by_a_correction(api: TestClient) -> None:
    sent_by(api, "admin")
    named = {"source": "/rules", "id": "e-1"}
    correction = event("e-2", type="klantbeeld.event.corrected", data={"event": named, "data": RULES})
    answer = api.post(
        "/v1/events", json=correction, headers={**bearer("admin"), "Content-Type": EVENT}
    ).json()
    assert answer["results"][0]["code"] == "not_correctable"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sources": ["shop/*"]}, None),
        ({"sources": ["mail/*", "shop/chat"]}, None),
        ({"sources": ["mail/*"]}, "source_not_allowed"),
        ({"types": ["interaction.*"]}, None),
        ({"types": ["klantbeeld.interaction.recorded"]}, None),
        ({"types": ["order.*"]}, "type_not_allowed"),
    ],
)
def test_a_connector_is_bound_to_its_sources_and_types(
    api: TestClient, claims: dict[str, Any], code: str | None
) -> None:
    headers = {**bearer("connector", **claims), "Content-Type": EVENT}
    result = api.post("/v1/events", json=event(), headers=headers).json()["results"][0]
    assert result.get("code") == code


def test_a_result_never_repeats_what_was_sent_as_data(api: TestClient) -> None:
    secret = "anna.geheim@example.nl"
    bad = event(data=data(identifiers=[{"type": "email", "value": secret, "strength": secret}]))
    answer = send(api, bad, EVENT)
    assert answer.json()["rejected"] == 1
    assert secret not in answer.text
