"""A word of a person that is taken back: everything is as if it had never been said, and what was before counts again."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, email, number, talk, unique
from tests.api.desk.judging import (
    LINKS,
    UNLINKS,
    WITHDRAWALS,
    bare,
    judge,
    obstacle,
    refused,
    two,
    words,
)

Identifier = dict[str, str]


def listed(desk: Desk, who: Identifier) -> list[Any]:
    found: list[Any] = desk.get(f"/v1/customers/{desk.customer(who)}/identity").json()["items"]
    return found


def states(desk: Desk, who: Identifier) -> dict[str, str]:
    return {item["kind"]: item["state"] for item in listed(desk, who)}


def test_a_link_that_is_taken_back_parts_the_two_and_bars_nobody_from_joining_them(desk: Desk) -> None:
    one, other = two(desk)
    before = desk.customer(one), desk.customer(other)
    link_id = judge(desk, LINKS, one, other).json()["id"]
    made = judge(desk, WITHDRAWALS, other, one)
    assert (set(made.json()), made.json()["id"]) == ({"id", "event_id", "position"}, link_id)
    assert (desk.customer(one), desk.customer(other)) == before
    assert sorted(words(desk, one, other)) == ["identity.decision_withdrawn", "identity.linked"]
    (item,) = desk.get(made.headers["location"]).json()["items"]
    assert (item["link_id"], item["kind"], item["state"]) == (link_id, "link", "withdrawn")
    mail = email(strength="verified")
    desk.send(talk([one], ago(hours=2)), talk([mail]))
    judge(desk, LINKS, one, mail)
    judge(desk, WITHDRAWALS, one, mail)
    desk.send(talk([one, mail]))
    assert desk.customer(mail) == desk.customer(one)


def test_the_list_says_who_took_it_back_and_why(desk: Desk) -> None:
    one, other = two(desk)
    linked = judge(desk, LINKS, one, other).json()["event_id"]
    back = judge(desk, WITHDRAWALS, one, other, reason="The wrong Anna").json()["event_id"]
    (item,) = listed(desk, one)
    (said,) = item["evidence"]
    assert (said["event_id"], said["reason"]) == (linked, "She said so")
    void = said["withdrawn"]
    assert (void["event_id"], void["by"], void["reason"]) == (back, "a-1", "The wrong Anna")
    assert void["type"] == "identity.decision_withdrawn"
    judge(desk, LINKS, one, other)
    (item,) = listed(desk, one)
    assert (item["state"], [each["withdrawn"] is None for each in item["evidence"]]) == (
        "active",
        [False, True],
    )


def test_an_unlink_that_is_taken_back_leaves_evidence_as_stated_as_it_was(desk: Desk) -> None:
    """Linking the two again would have proved what was only stated."""
    one, mail = number(), email()
    desk.send(talk([one, mail]))
    judge(desk, UNLINKS, one, mail)
    assert desk.customer(mail) != desk.customer(one)
    judge(desk, WITHDRAWALS, one, mail)
    assert desk.customer(mail) == desk.customer(one)
    assert [each["code"] for each in desk.lookup(mail).json()["warnings"]] == ["identifier_not_verified"]
    assert states(desk, one) == {"evidence": "active", "unlink": "withdrawn"}


def test_a_link_that_is_taken_back_proves_nothing_any_more(desk: Desk) -> None:
    one, mail = number(), email()
    desk.send(talk([one, mail]))
    judge(desk, LINKS, one, mail)
    assert desk.lookup(mail).json()["warnings"] == []
    judge(desk, WITHDRAWALS, one, mail)
    assert [each["code"] for each in desk.lookup(mail).json()["warnings"]] == ["identifier_not_verified"]
    assert desk.lookup(mail, role="service", include=["brief"]).status_code in (403, 404)


def test_what_is_verified_later_joins_those_whose_unlink_was_taken_back(desk: Desk) -> None:
    one, mail = number(), email(strength="verified")
    desk.send(talk([one]), talk([mail]))
    judge(desk, UNLINKS, one, mail)
    desk.send(talk([one, mail]))
    assert desk.customer(mail) != desk.customer(one)
    judge(desk, WITHDRAWALS, one, mail)
    assert desk.customer(mail) == desk.customer(one)


def test_words_are_taken_back_one_after_the_other_until_there_are_none(desk: Desk) -> None:
    one, other = two(desk)
    apart = desk.customer(one), desk.customer(other)
    judge(desk, LINKS, one, other)
    judge(desk, UNLINKS, one, other)
    assert states(desk, one) == {"link": "overruled", "unlink": "active"}
    judge(desk, WITHDRAWALS, one, other)
    assert desk.customer(one) == desk.customer(other)
    assert states(desk, one) == {"link": "active", "unlink": "withdrawn"}
    judge(desk, WITHDRAWALS, one, other)
    assert (desk.customer(one), desk.customer(other)) == apart
    assert states(desk, one) == {"link": "withdrawn", "unlink": "withdrawn"}
    assert obstacle(desk, WITHDRAWALS, one, other) == "nothing_to_withdraw"
    assert refused(desk, WITHDRAWALS, one, other) == (409, "nothing_to_withdraw")
    assert len(words(desk, one, other)) == 4


def test_a_preview_says_what_goes_back_and_records_nothing(desk: Desk) -> None:
    one, other = two(desk)
    kept, gone = desk.customer(one), desk.customer(other)
    judge(desk, LINKS, one, other)
    shown = judge(desk, WITHDRAWALS, one, other, preview=True).json()
    assert shown["obstacle"] is None
    assert [side["customer_id"] for side in shown["before"]] == [kept]
    assert {side["customer_id"] for side in shown["after"]} == {kept, gone}
    (move,) = shown["moves"]
    assert (move["from"], move["to"], move["identifiers"], move["entries"]) == (kept, gone, bare(other), 1)
    assert desk.customer(other) == kept


def test_of_whom_nobody_said_anything_there_is_nothing_to_take_back(desk: Desk) -> None:
    one, mail = number(), email()
    desk.send(talk([one, mail]))
    assert refused(desk, WITHDRAWALS, one, mail) == (409, "nothing_to_withdraw")
    shown = judge(desk, WITHDRAWALS, one, mail, preview=True).json()
    assert (shown["moves"], shown["obstacle"]["code"]) == ([], "nothing_to_withdraw")
    for pair in ((one, email()), (email(), one), (email(), email())):
        assert refused(desk, WITHDRAWALS, *pair) == (404, "unknown_identifier")
        assert obstacle(desk, WITHDRAWALS, *pair) == "unknown_identifier"
    assert words(desk, one) == []


def test_the_same_key_and_body_take_one_word_back_however_often_they_come(desk: Desk) -> None:
    one, other = two(desk)
    judge(desk, LINKS, one, other)
    link_id = judge(desk, UNLINKS, one, other).json()["id"]
    body, key = {"link_id": link_id, "reason": "Twice"}, unique("key")
    first = desk.post(WITHDRAWALS, body, role="lead", key=key)
    again = desk.post(WITHDRAWALS, body, role="lead", key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert desk.customer(one) == desk.customer(other)
    judge(desk, WITHDRAWALS, one, other)
    assert desk.post(WITHDRAWALS, body, role="lead", key=key).json() == first.json()
    assert desk.customer(one) != desk.customer(other)
    for path, change in ((WITHDRAWALS, {"reason": "Another"}), (LINKS, {}), (UNLINKS, {})):
        answer = desk.post(path, {**body, **change}, role="lead", key=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("path", [LINKS, UNLINKS])
def test_the_key_of_another_word_takes_nothing_back(desk: Desk, path: str) -> None:
    one, other = two(desk)
    body, key = {"identifiers": bare(one, other), "reason": "Mine"}, unique("key")
    assert desk.post(path, body, role="lead", key=key).status_code == 201
    answer = desk.post(WITHDRAWALS, body, role="lead", key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(words(desk, one, other)) == 1


def test_what_was_known_before_and_after_is_told_as_of_then(desk: Desk) -> None:
    one, other = two(desk)
    apart = desk.customer(one), desk.customer(other)
    judge(desk, LINKS, one, other)
    linked = listed(desk, one)[0]["evidence"][0]["recorded_at"]
    judge(desk, WITHDRAWALS, one, other)
    then = desk.get(f"/v1/customers/{apart[0]}", as_of=linked).json()
    assert len(then["identifiers"]) == 2
    taken = listed(desk, one)[0]["evidence"][0]["withdrawn"]["recorded_at"]
    for id_, who in zip(apart, (one, other), strict=True):
        now = desk.get(f"/v1/customers/{id_}", as_of=taken).json()["identifiers"]
        assert [each["value"] for each in now] == [who["value"]]


def test_previews_see_all_that_was_recorded_before(desk: Desk) -> None:
    every = [two(desk) for _ in range(4)]
    desk.settled()
    headers = desk.token("lead")
    for pair in every:
        body = {"identifiers": bare(*pair), "reason": "In a hurry"}
        for path, code in ((LINKS, "already_linked"), (WITHDRAWALS, "nothing_to_withdraw")):
            assert desk.api.post(path, json=body, headers=headers).status_code == 201
            shown = desk.api.post(path, json={**body, "preview": True}, headers=headers).json()
            assert shown["obstacle"]["code"] == code
