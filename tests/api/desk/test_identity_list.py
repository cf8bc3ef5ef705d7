"""How we know who a customer is: every pair that was spoken of, by whom, how surely, and what became of it."""

import itertools
from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, bare, judge

Identifier = dict[str, str]


def listed(desk: Desk, who: Identifier, **query: Any) -> Any:
    return desk.get(f"/v1/customers/{desk.customer(who)}/identity", **query).json()


def states(page: Any) -> list[tuple[str, str, str | None]]:
    return [(item["kind"], item["state"], item["reason"]) for item in page["items"]]


def test_evidence_names_the_events_that_say_so(desk: Desk) -> None:
    who, mail = number(), email()
    sent = talk([who, mail], "2026-01-01T10:00:00Z")
    desk.send(sent, talk([who, mail], "2026-01-02T10:00:00Z"))
    page = listed(desk, who)
    (item,) = page["items"]
    assert (item["kind"], item["state"], item["strength"]) == ("evidence", "active", "asserted")
    assert item["time"] == "2026-01-01T10:00:00Z"
    assert sorted(end["value"] for end in item["identifiers"]) == sorted([who["value"], mail["value"]])
    assert {end["customer_id"] for end in item["identifiers"]} == {desk.customer(who)}
    first = item["evidence"][0]
    assert (first["source"], first["external_id"], first["type"]) == (
        "/tests",
        sent["id"],
        "interaction.recorded",
    )
    assert (first["by"], first["reason"]) == (None, None)
    timeline = desk.get(f"/v1/customers/{desk.customer(who)}/timeline").json()["items"]
    assert first["event_id"] == timeline[-1]["event_id"]
    assert page["freshness"]["incomplete"] == []


def test_what_a_person_said_stands_with_who_and_why(desk: Desk) -> None:
    one, other = number(), email()
    desk.send(talk([one]), talk([other]))
    made = judge(desk, LINKS, one, other)
    (item,) = listed(desk, one)["items"]
    (said,) = item["evidence"]
    assert (item["link_id"], said["event_id"]) == (made.json()["id"], made.json()["event_id"])
    assert (item["kind"], said["type"], said["by"], said["reason"]) == (
        "link",
        "identity.linked",
        "a-1",
        "She said so",
    )


def test_a_persons_newer_word_overrules_the_evidence_and_the_older_word(desk: Desk) -> None:
    one, mail = number(), email()
    desk.send(talk([one, mail]))
    judge(desk, UNLINKS, one, mail)
    assert states(listed(desk, one)) == [("evidence", "overruled", None), ("unlink", "active", None)]
    assert states(listed(desk, mail)) == states(listed(desk, one))
    judge(desk, LINKS, one, mail)
    assert sorted(states(listed(desk, one))) == [
        ("evidence", "active", None),
        ("link", "active", None),
        ("unlink", "overruled", None),
    ]
    assert len({item["link_id"] for item in listed(desk, one)["items"]}) == 1


def test_two_customer_numbers_in_a_chain_are_refused_and_both_sides_see_it(desk: Desk) -> None:
    one, other, mail, second = number(), number(), email(), email()
    desk.send(
        talk([one, mail], ago(hours=4)),
        talk([other, second], ago(hours=3)),
        talk([mail, second], ago(hours=2)),
    )
    for who in (one, other):
        assert ("evidence", "refused", "exclusive_conflict") in states(listed(desk, who))
        (item,) = (item for item in listed(desk, who)["items"] if item["state"] == "refused")
        assert {end["customer_id"] for end in item["identifiers"]} == {
            desk.customer(one),
            desk.customer(other),
        }


def test_a_shared_number_and_a_withheld_one_are_told_as_such(desk: Desk) -> None:
    one, other = number(), number()
    phone, withheld = {"type": "phone", "value": "+31612345641"}, {"type": "phone", "value": "anonymous"}
    desk.send(talk([one, phone]), talk([other, phone]), talk([one, withheld], ago(minutes=1)))
    assert states(listed(desk, one)) == [("evidence", "shared", None), ("evidence", "junk", None)]
    assert [end["customer_id"] for end in listed(desk, one)["items"][0]["identifiers"]].count(None) == 1


def test_identifiers_are_told_with_how_sure_they_are(desk: Desk) -> None:
    who, proven, stated = number(), email(strength="verified"), email()
    desk.send(talk([who, proven], "2026-01-01T10:00:00Z"), talk([proven, stated], "2026-01-02T10:00:00Z"))
    found = {one["value"]: one for one in listed(desk, who)["identifiers"]}
    assert [
        (found[one["value"]]["strength"], found[one["value"]]["stated"]) for one in (who, proven, stated)
    ] == [
        ("verified", False),
        ("verified", False),
        ("asserted", True),
    ]
    assert found[stated["value"]]["first_seen_at"] == "2026-01-02T10:00:00Z"
    judge(desk, LINKS, proven, stated)
    assert not any(one["stated"] for one in listed(desk, who)["identifiers"])


def test_pages_hold_everything_once_in_the_order_in_which_it_was_said(desk: Desk) -> None:
    who, mails = number(), [email() for _ in range(3)]
    orders = [{"type": "order_number", "value": unique("web")} for _ in range(4)]
    desk.send(*(talk([who, one], ago(hours=9 - n)) for n, one in enumerate([*mails, *orders])))
    whole = listed(desk, who)["items"]
    assert len(whole) == 7
    assert [item["time"] for item in whole] == sorted(item["time"] for item in whole)
    pages, cursor = [], None
    for _ in itertools.count():
        page = listed(desk, who, limit=3, **({"cursor": cursor} if cursor else {}))
        pages.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [item for page in pages for item in page] == whole


def test_a_cursor_survives_a_merge_and_another_lists_cursor_does_not_fit(desk: Desk) -> None:
    one, other = number(), number()
    desk.send(
        *(talk([one, email()], ago(hours=9 - n)) for n in range(3)),
        talk([other, email()], ago(hours=5)),
    )
    first = listed(desk, one, limit=2)
    judge(desk, LINKS, one, other)
    rest = listed(desk, one, cursor=first["next_cursor"])
    assert rest["next_cursor"] is None
    seen = [item["link_id"] for item in (*first["items"], *rest["items"])]
    assert sorted(seen) == sorted(item["link_id"] for item in listed(desk, one)["items"])
    path = f"/v1/customers/{desk.customer(one)}"
    cursor = desk.get(f"{path}/contacts", limit=1).json()["next_cursor"]
    answer = desk.get(f"{path}/identity", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_an_id_that_was_merged_away_leads_on_and_a_shared_one_to_its_candidates(desk: Desk) -> None:
    one, other = number(), number()
    phone = {"type": "phone", "value": "+31612345642"}
    desk.send(talk([phone], ago(hours=4)))
    shared = desk.customer(phone)
    desk.send(talk([one, phone], ago(hours=3)), talk([other, phone], ago(hours=2)))
    gone = desk.customer(other)
    answer = desk.get(f"/v1/customers/{shared}/identity")
    assert (answer.status_code, answer.json()["code"]) == (409, "shared_identifier")
    judge(desk, LINKS, one, other)
    answer = desk.get(f"/v1/customers/{gone}/identity")
    assert answer.status_code == 308
    assert answer.headers["location"].partition("?")[0] == f"/v1/customers/{desk.customer(one)}/identity"
    assert answer.headers["cache-control"] == "no-store"
    unknown = desk.get("/v1/customers/00000000-0000-4000-8000-000000000000/identity")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_customer")


@pytest.mark.parametrize("role", ["agent", "privacy"])
def test_who_may_read_customers_or_judge_them_may_see_it(desk: Desk, role: Any) -> None:
    who, mail = number(), email()
    desk.send(event("customer.described", [who, mail]))
    answer = desk.get(f"/v1/customers/{desk.customer(who)}/identity", role=role)
    assert [each["value"] for each in answer.json()["identifiers"]] == [
        each["value"] for each in sorted(bare(who, mail), key=lambda each: each["type"])
    ]
