"""What people have to decide about who is who: reports of doubt, and conflicts of evidence with the rules."""

from typing import Any

import pytest

from projections.suggestions.computing import Computing
from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, WITHDRAWALS, bare, judge

QUEUE, REPORTS = "/v1/identity/conflicts", "/v1/identity/reports"
Identifier = dict[str, str]


def queued(desk: Desk, **query: Any) -> list[Any]:
    found: list[Any] = desk.get(QUEUE, role="lead", limit=500, **query).json()["items"]
    return found


def about(desk: Desk, *whose: Identifier, **query: Any) -> list[Any]:
    """What is queued about these."""
    values = {one["value"] for one in whose}
    return [item for item in queued(desk, **query) if values & {end["value"] for end in item["identifiers"]}]


def chained(desk: Desk) -> tuple[Identifier, Identifier]:
    """Two mailboxes in one event, each of another customer number."""
    one, other = email(), email()
    desk.send(
        talk([number(), one], "2025-01-01T10:00:00Z"),
        talk([number(), other], "2025-01-02T10:00:00Z"),
        talk([one, other], "2026-01-01T10:00:00Z"),
    )
    return one, other


def test_a_conflict_stands_with_both_customers_and_what_can_be_done(desk: Desk) -> None:
    one, other = chained(desk)
    (item,) = about(desk, one)
    assert (item["kind"], item["evidence"], item["reason"]) == ("conflict", "evidence", "exclusive_conflict")
    assert (item["strength"], item["time"]) == ("asserted", "2026-01-01T10:00:00Z")
    assert sorted(item["identifiers"], key=str) == sorted(bare(one, other), key=str)
    by_value = dict(zip((end["value"] for end in item["identifiers"]), item["customers"], strict=True))
    for who in (one, other):
        side = by_value[who["value"]]
        named = desk.get(f"/v1/customers/{desk.customer(who)}").json()["display_name"]
        assert side == {"customer_id": desk.customer(who), "display_name": named}
    assert [each["action"] for each in item["actions"]] == ["link", "unlink"]


def settling(item: Any, action: str) -> str:
    (link_id,) = (each["link_id"] for each in item["actions"] if each["action"] == action)
    assert isinstance(link_id, str)
    return link_id


@pytest.mark.parametrize("path", [LINKS, UNLINKS])
def test_a_conflict_goes_when_a_person_decides(desk: Desk, path: str) -> None:
    one, other = chained(desk)
    (item,) = about(desk, one)
    word = "link" if path == LINKS else "unlink"
    answer = desk.post(path, {"link_id": settling(item, word), "reason": "Asked her"}, role="lead")
    assert answer.status_code == 201
    assert about(desk, one, other) == []
    assert (desk.customer(one) == desk.customer(other)) == (path == LINKS)


@pytest.mark.parametrize("by", ["unlink", "withdraw"])
def test_a_link_that_a_later_unlink_contradicts_is_to_be_decided_again(desk: Desk, by: str) -> None:
    one, other, third = number(), number(), number()
    desk.send(talk([one], ago(hours=3)), talk([other], ago(hours=2)), talk([third], ago(hours=1)))
    judge(desk, LINKS, one, other)
    refused = judge(desk, LINKS, other, third).json()["id"]
    judge(desk, UNLINKS, one, third)
    (item,) = about(desk, one, other, third)
    assert (item["link_id"], item["evidence"], item["reason"]) == (refused, "link", "cannot_link")
    assert [each["action"] for each in item["actions"]] == ["unlink", "withdraw"]
    path = UNLINKS if by == "unlink" else WITHDRAWALS
    body = {"link_id": settling(item, by), "reason": "Not she"}
    assert desk.post(path, body, role="lead").status_code == 201
    assert about(desk, one, other, third) == []
    assert desk.customer(other) == desk.customer(one) != desk.customer(third)


def test_what_only_follows_from_an_unlink_needs_no_decision(desk: Desk) -> None:
    one, mail, second = number(), email(), email()
    desk.send(talk([one, mail]), talk([mail, second]), talk([second, one]))
    judge(desk, UNLINKS, one, second)
    page = desk.get(f"/v1/customers/{desk.customer(one)}/identity").json()
    assert "cannot_link" in [item["reason"] for item in page["items"]]
    assert about(desk, one, mail, second) == []


def test_two_verified_customers_whom_only_a_form_joins_are_a_conflict(desk: Desk) -> None:
    one, other = number(), email(strength="verified")
    desk.send(
        talk([one]), talk([other]), talk([{**one, "strength": "asserted"}, {**other, "strength": "asserted"}])
    )
    (item,) = about(desk, one)
    assert item["reason"] == "both_verified"


def reported(desk: Desk, customer: str, **body: Any) -> Any:
    answer = desk.post(REPORTS, {"customer_id": customer, "reason": "Another voice", **body})
    assert answer.status_code == 201, answer.text
    return answer


def doubts(desk: Desk, who: Identifier) -> list[str]:
    warnings = desk.get(f"/v1/customers/{desk.customer(who)}").json()["warnings"]
    return [one["about"] for one in warnings if one["code"] == "identity_doubted"]


def test_a_doubt_warns_on_the_brief_at_once_until_it_is_worked_off(desk: Desk) -> None:
    who, mail = number(), email(strength="verified")
    desk.send(talk([who, mail]))
    made = reported(desk, desk.customer(who), identifier=bare(mail)[0])
    assert doubts(desk, who) == [made.json()["id"]]
    follow_up = desk.get(made.headers["location"]).json()
    assert (follow_up["kind"], follow_up["text"], follow_up["state"]) == (
        "identity_review",
        "Another voice",
        "open",
    )
    (item,) = about(desk, mail)
    assert (item["kind"], item["follow_up_id"], item["reason"]) == (
        "report",
        made.json()["id"],
        "Another voice",
    )
    assert [side["customer_id"] for side in item["customers"]] == [desk.customer(who)]
    assert [(each["action"], each["follow_up_id"]) for each in item["actions"]] == [
        ("complete", made.json()["id"])
    ]
    queue = desk.get("/v1/follow-ups", kind="identity_review").json()["items"]
    assert made.json()["id"] in [one["follow_up_id"] for one in queue]
    done = desk.post(f"/v1/follow-ups/{made.json()['id']}/complete", {}, etag=follow_up["etag"])
    assert done.status_code == 200
    assert (doubts(desk, who), about(desk, mail)) == ([], [])


def test_a_doubt_goes_with_the_identifier_that_it_is_about(desk: Desk) -> None:
    who, mail = number(), email(strength="verified")
    desk.send(talk([who, mail]))
    reported(desk, desk.customer(who), identifier=bare(mail)[0])
    judge(desk, UNLINKS, who, mail)
    assert (len(doubts(desk, who)), len(doubts(desk, mail))) == (0, 1)


def test_a_doubt_reported_again_once_the_pair_was_unlinked_is_the_first(desk: Desk) -> None:
    who, mail, key = number(), email(strength="verified"), unique("key")
    desk.send(talk([who, mail]))
    body = {"customer_id": desk.customer(who), "identifier": bare(mail)[0], "reason": "Another voice"}
    first = desk.post(REPORTS, body, key=key)
    judge(desk, UNLINKS, who, mail)
    again = desk.post(REPORTS, body, key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert doubts(desk, mail) == [first.json()["id"]]
    for other in ({"reason": "Another reason"}, {"identifier": bare(who)[0]}):
        answer = desk.post(REPORTS, {**body, **other}, key=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert desk.post(REPORTS, body).json()["code"] == "identifier_of_another"


def test_without_an_identifier_the_customer_is_doubted_as_a_whole(desk: Desk) -> None:
    who = number()
    desk.send(talk([who]))
    reported(desk, desk.customer(who))
    assert len(doubts(desk, who)) == 1


def test_a_doubt_about_somebody_elses_identifier_or_nobody_is_refused(desk: Desk) -> None:
    who, other = number(), number()
    desk.send(talk([who]), talk([other]))
    body = {"customer_id": desk.customer(who), "identifier": bare(other)[0], "reason": "?"}
    answer = desk.post(REPORTS, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "identifier_of_another")
    for id_ in ("00000000-0000-4000-8000-000000000000", "anna"):
        answer = desk.post(REPORTS, {"customer_id": id_, "reason": "?"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")
    assert (doubts(desk, who), doubts(desk, other)) == ([], [])


def test_a_doubt_under_an_id_that_was_merged_away_and_its_repetition_are_one(desk: Desk) -> None:
    kept, gone = number(), number()
    desk.send(talk([kept], ago(hours=2)), talk([gone], ago(hours=1)))
    old, key = desk.customer(gone), unique("key")
    body = {"customer_id": old, "reason": "Another voice"}
    first = desk.post(REPORTS, body, key=key)
    judge(desk, LINKS, kept, gone)
    again = desk.post(REPORTS, body, key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert doubts(desk, kept) == [first.json()["id"]]


def test_the_queue_is_paged_kind_after_kind_and_filtered_by_kind(empty_desk: Desk) -> None:
    desk = empty_desk
    for _ in range(3):
        chained(desk)
    who = number()
    desk.send(talk([who]))
    for _ in range(2):
        reported(desk, desk.customer(who))
    whole = queued(desk)
    assert [item["kind"] for item in whole] == ["report"] * 2 + ["conflict"] * 3
    assert queued(desk, kind="report") == whole[:2]
    assert queued(desk, kind=["conflict", "suggestion"]) == whole[2:]
    found, cursor = [], None
    while True:
        query = {"cursor": cursor} if cursor else {}
        page = desk.get(QUEUE, role="lead", limit=2, **query).json()
        found.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(items) for items in found] == [2, 2, 1]
    assert [item for items in found for item in items] == whole
    other = desk.get(QUEUE, role="lead", kind="report", limit=1).json()["next_cursor"]
    answer = desk.get(QUEUE, role="lead", kind="conflict", cursor=other)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


HOME = {"street": "Breestraat", "number": "12", "postal_code": "2311 AB", "city": "Leiden"}


@pytest.mark.parametrize("path", [LINKS, UNLINKS])
def test_likely_same_customers_are_suggested_with_reasons_until_a_person_decides(
    empty_desk: Desk, path: str
) -> None:
    desk, one, other = empty_desk, number(), number()
    alike = {"birth_date": "1984-03-07", "addresses": [HOME]}
    desk.send(
        event("customer.described", [one], ago(hours=2), name={"given": "Eva", "family": "Berg"}, **alike),
        event("customer.described", [other], ago(hours=1), name={"given": "Ewa", "family": "Berg"}, **alike),
    )
    desk.settled()
    Computing(desk.system.database, desk.system.names).everything()
    (item,) = queued(desk)
    assert (item["kind"], item["evidence"], item["strength"]) == ("suggestion", None, None)
    assert 0.5 <= item["score"] <= 1
    assert item["reasons"]
    assert sorted(item["identifiers"], key=str) == sorted(bare(one, other), key=str)
    assert {(side["customer_id"], side["display_name"]) for side in item["customers"]} == {
        (desk.customer(one), "Eva Berg"),
        (desk.customer(other), "Ewa Berg"),
    }
    word = "link" if path == LINKS else "unlink"
    answer = desk.post(path, {"link_id": settling(item, word), "reason": "Asked her"}, role="lead")
    assert answer.status_code == 201
    assert queued(desk) == []
    assert (desk.customer(one) == desk.customer(other)) == (path == LINKS)
    judge(desk, WITHDRAWALS, one, other)
    desk.settled()
    Computing(desk.system.database, desk.system.names).everything()
    assert [each["identifiers"] for each in queued(desk)] == [item["identifiers"]]


def test_a_kind_that_there_is_not_is_400(desk: Desk) -> None:
    assert desk.get(QUEUE, role="lead", kind="rumour").status_code == 400
