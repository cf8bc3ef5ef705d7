"""What agents record: whose it is, what it becomes, and recording it once however often it is sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique

ENTRIES: dict[str, dict[str, Any]] = {
    "agreements": {"kind": "callback", "text": "Wij bellen u", "due_at": "2030-01-01T12:00:00+01:00"},
    "follow-ups": {"kind": "callback", "text": "Bel terug", "priority": "high", "team": "north"},
    "interactions": {"channel": "phone", "direction": "outbound", "text": "Gebeld", "outcome": "resolved"},
}


def known(desk: Desk) -> tuple[dict[str, str], str]:
    """An identifier and the path of its customer."""
    who = email()
    desk.send(talk([who]))
    return who, f"/v1/customers/{desk.customer(who)}"


@pytest.mark.parametrize("name", ENTRIES)
def test_a_new_entry_is_201_with_a_location_and_stands_on_the_timeline_by_its_event_id(
    desk: Desk, name: str
) -> None:
    _, customer = known(desk)
    answer = desk.post(f"{customer}/{name}", ENTRIES[name], id="a-12")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "event_id", "position"}
    found = desk.get(answer.headers["location"])
    assert found.status_code == 200
    assert found.json()["external_id"].removeprefix("interaction:").startswith("klantbeeld:")
    newest = desk.get(f"{customer}/timeline", limit=1).json()["items"][0]
    assert newest["event_id"] == answer.json()["event_id"]
    assert newest["source"] == "/api"
    assert newest["text"] == ENTRIES[name]["text"]


def test_an_agreement_says_who_made_it_and_when_it_is_due(desk: Desk) -> None:
    _, customer = known(desk)
    order = unique("o")
    desk.send(event("order.placed", [email()], order_id=order))
    body = {**ENTRIES["agreements"], "channel": "phone", "order_id": order}
    made = desk.get(desk.post(f"{customer}/agreements", body, id="a-12").headers["location"]).json()
    assert (made["state"], made["due_at"]) == ("open", "2030-01-01T11:00:00Z")
    assert made["made_by"] == {"kind": "agent", "id": "a-12"}
    assert made["order_external_id"] == order
    assert made["customer_id"] == customer.rpartition("/")[2]
    standing = desk.post(f"{customer}/agreements", {"kind": "discount"})
    assert desk.get(standing.headers["location"]).json()["state"] == "standing"


def test_a_bare_date_means_the_end_of_that_day(desk: Desk) -> None:
    _, customer = known(desk)
    made = desk.post(f"{customer}/agreements", {"kind": "x", "due_at": "2030-01-01"})
    assert desk.get(made.headers["location"]).json()["due_at"] == "2030-01-01T22:59:59Z"


def test_a_follow_up_belongs_to_its_agreement_and_conversation(desk: Desk) -> None:
    _, customer = known(desk)
    agreement = desk.post(f"{customer}/agreements", ENTRIES["agreements"]).json()["id"]
    conversation = desk.get(f"{customer}/contacts").json()["items"][0]["conversation_id"]
    body = {
        **ENTRIES["follow-ups"],
        "agreement_id": agreement,
        "conversation_id": conversation,
        "assignee": "me",
    }
    made = desk.get(desk.post(f"{customer}/follow-ups", body, id="a-12").headers["location"]).json()
    assert (made["agreement_id"], made["conversation_id"]) == (agreement, conversation)
    assert (made["assignee"], made["team"], made["priority"], made["state"]) == (
        "a-12",
        "north",
        "high",
        "open",
    )


def test_an_interaction_carries_its_agent_and_the_time_it_took_place(desk: Desk) -> None:
    _, customer = known(desk)
    body = {
        **ENTRIES["interactions"],
        "occurred_at": "2026-02-01T10:00:00+01:00",
        "ended_at": "2026-02-01T10:05:00+01:00",
    }
    made = desk.post(f"{customer}/interactions", body, id="a-12")
    (entry,) = [one for one in desk.get(f"{customer}/timeline").json()["items"] if one["source"] == "/api"]
    assert entry["occurred_at"] == "2026-02-01T09:00:00Z"
    assert entry["agent"] == {"id": "a-12", "name": "Noor"}
    assert entry["interaction_id"] == made.json()["id"]
    assert desk.get(made.headers["location"]).json()["ended_at"] == "2026-02-01T09:05:00Z"


@pytest.mark.parametrize("spelled", ["our id", "its source's id"])
@pytest.mark.parametrize("name", ["agreements", "follow-ups"])
def test_an_entry_of_an_interaction_is_its_owners_wherever_it_is_posted(
    desk: Desk, name: str, spelled: str
) -> None:
    _, customer = known(desk)
    caller, call = number(), unique("call")
    desk.send(talk([caller], interaction_id=call))
    id_ = desk.system.names.entity("interaction", call) if spelled == "our id" else call
    answer = desk.post(f"{customer}/{name}", {**ENTRIES[name], "interaction_id": id_})
    assert desk.get(answer.headers["location"]).json()["customer_id"] == desk.customer(caller)


def test_more_of_a_known_interaction_stays_one_contact(desk: Desk) -> None:
    caller, call = number(), unique("call")
    desk.send(
        event(
            "interaction.started",
            [caller],
            ago(minutes=9),
            interaction_id=call,
            channel="phone",
            direction="inbound",
        )
    )
    customer = f"/v1/customers/{desk.customer(caller)}"
    body = {**ENTRIES["interactions"], "direction": "inbound", "interaction_id": call}
    made = desk.post(f"{customer}/interactions", body)
    (contact,) = desk.get(f"{customer}/contacts").json()["items"]
    assert made.headers["location"] == f"/v1/conversations/{contact['conversation_id']}"
    assert contact["outcome"] == "resolved"


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_with_an_identifier_is_that_ones(desk: Desk, name: str) -> None:
    _, customer = known(desk)
    other = email()
    named = {"type": "email", "value": other["value"].upper()}
    assert desk.post(f"{customer}/{name}", {**ENTRIES[name], "identifier": named}).status_code == 201
    theirs = desk.get(f"/v1/customers/{desk.customer(other)}/timeline").json()["items"]
    assert [one["source"] for one in theirs] == ["/api"]


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_key_and_body_records_once(desk: Desk, name: str) -> None:
    _, customer = known(desk)
    key = unique("key")
    first = desk.post(f"{customer}/{name}", ENTRIES[name], key=key)
    again = desk.post(f"{customer}/{name}", ENTRIES[name], key=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["location"] == first.headers["location"]
    mine = [one for one in desk.get(f"{customer}/timeline").json()["items"] if one["source"] == "/api"]
    assert len(mine) == 1


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_key_with_another_body_is_422(desk: Desk, name: str) -> None:
    _, customer = known(desk)
    key = unique("key")
    desk.post(f"{customer}/{name}", ENTRIES[name], key=key)
    other = next(one for one in ENTRIES if one != name)
    for path, body in ((name, {**ENTRIES[name], "text": "Anders"}), (other, ENTRIES[other])):
        answer = desk.post(f"{customer}/{path}", body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_who_sent_it(desk: Desk) -> None:
    _, customer = known(desk)
    key = unique("key")
    made = [
        desk.post(f"{customer}/agreements", ENTRIES["agreements"], id=id_, key=key) for id_ in ("a-1", "a-2")
    ]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json()["id"] != made[1].json()["id"]


def test_without_a_key_each_is_one_of_its_own(desk: Desk) -> None:
    _, customer = known(desk)
    made = [desk.post(f"{customer}/agreements", ENTRIES["agreements"]).json()["id"] for _ in range(2)]
    assert made[0] != made[1]


def test_many_at_once_with_one_key_record_once(desk: Desk) -> None:
    _, customer = known(desk)
    key = unique("key")
    with ThreadPoolExecutor(6) as threads:
        tries = [
            threads.submit(desk.post, f"{customer}/agreements", ENTRIES["agreements"], key=key)
            for _ in range(6)
        ]
        answers = [one.result() for one in tries]
    assert [one.status_code for one in answers] == [201] * 6
    assert len({one.json()["event_id"] for one in answers}) == 1
    assert len(desk.get(f"{customer}/agreements").json()["items"]) == 1


def test_an_agent_opens_a_follow_up_for_a_team_or_oneself_and_a_lead_for_anybody(desk: Desk) -> None:
    _, customer = known(desk)
    body = {**ENTRIES["follow-ups"], "assignee": "a-99"}
    refused = desk.post(f"{customer}/follow-ups", body, id="a-1")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert desk.post(f"{customer}/follow-ups", body, id="a-99").status_code == 201
    assert desk.post(f"{customer}/follow-ups", body, role="lead").status_code == 201


@pytest.mark.parametrize(
    ("name", "change", "code", "place"),
    [
        ("agreements", {"kind": None}, "bad_request", "kind"),
        ("agreements", {"due_at": "tomorrow"}, "bad_request", "due_at"),
        ("agreements", {"due_at": "2026-02-30"}, "bad_request", "due_at"),
        ("agreements", {"text": "a\0b"}, "bad_request", ""),
        ("agreements", {"order_id": "web:none"}, "unknown_reference", "order_id"),
        ("agreements", {"interaction_id": "call:none"}, "unknown_reference", "interaction_id"),
        ("agreements", {"identifier": {"type": "email", "value": "x"}}, "bad_email", None),
        ("follow-ups", {"priority": 10}, "bad_request", None),
        ("follow-ups", {"agreement_id": "none"}, "unknown_reference", "agreement_id"),
        ("interactions", {"channel": "pigeon"}, "bad_request", "channel"),
        ("interactions", {"occurred_at": "2999-01-01T00:00:00Z"}, "bad_request", "time"),
        ("interactions", {"conversation_id": "none"}, "unknown_reference", "conversation_id"),
        ("interactions", {"in_reply_to": "none"}, "unknown_reference", "in_reply_to"),
        ("interactions", {"surprise": 1}, "bad_request", "*"),
    ],
)
def test_what_cannot_be_recorded_is_400_at_its_place(
    desk: Desk, name: str, change: dict[str, Any], code: str, place: str | None
) -> None:
    _, customer = known(desk)
    body = {part: value for part, value in (ENTRIES[name] | change).items() if value is not None}
    answer = desk.post(f"{customer}/{name}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert place is None or answer.json()["places"][0]["name"] == place
    assert all(one["source"] == "/tests" for one in desk.get(f"{customer}/timeline").json()["items"])


def test_evidence_may_be_anything_that_json_holds(desk: Desk) -> None:
    who, customer = known(desk)
    evidence = {"big": 10**40, "small": 0.1, "list": [None, True, "\u00e9"]}
    made = desk.post(f"{customer}/agreements", {"kind": "x"})
    tag = desk.get(made.headers["location"]).json()["etag"]
    desk.post(f"{made.headers['location']}/keep", {"evidence": evidence}, etag=tag)
    newest = desk.get(f"/v1/customers/{desk.customer(who)}/timeline", limit=1)
    assert json.loads(newest.text)["items"][0]["data"]["evidence"] == evidence


@pytest.mark.parametrize("depth", [200, 400, 900, 5000])
def test_nesting_breaks_nothing(desk: Desk, depth: int) -> None:
    _, customer = known(desk)
    made = desk.post(f"{customer}/agreements", {"kind": "x"})
    tag = desk.get(made.headers["location"]).headers["etag"]
    headers = {**desk.token("agent"), "If-Match": tag, "Content-Type": "application/json"}
    body = '{"evidence": ' + "[" * depth + "]" * depth + "}"
    answer = desk.api.post(f"{made.headers['location']}/keep", content=body, headers=headers)
    assert answer.status_code in {200, 400}, answer.text
