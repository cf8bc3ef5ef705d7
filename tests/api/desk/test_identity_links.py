"""Joining and separating customers by hand: previewed, recorded once, refused where it would change nothing."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, email, number, phone, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, Identifier, bare, judge, obstacle, refused, two, words


def test_a_link_makes_two_customers_one_and_answers_its_id_and_where_to_see_it(desk: Desk) -> None:
    one, other = two(desk)
    kept = desk.customer(one)
    made = judge(desk, LINKS, one, other)
    assert set(made.json()) == {"id", "event_id", "position"}
    assert desk.customer(other) == kept
    listed = desk.get(made.headers["location"]).json()["items"]
    assert [(item["link_id"], item["kind"], item["state"]) for item in listed] == [
        (made.json()["id"], "link", "active")
    ]
    newest = desk.get(f"/v1/customers/{kept}/timeline", limit=1).json()["items"][0]
    assert (newest["event_id"], newest["type"]) == (made.json()["event_id"], "identity.linked")
    assert newest["data"] == {"pair": bare(one, other), "reason": "She said so", "by": "a-1"}


def test_an_unlink_parts_them_again_by_its_link_id_too(desk: Desk) -> None:
    one, other = two(desk)
    gone = desk.customer(other)
    link_id = judge(desk, LINKS, one, other).json()["id"]
    again = desk.post(UNLINKS, {"link_id": link_id, "reason": "They are sisters"}, role="privacy")
    assert (again.status_code, again.json()["id"]) == (201, link_id)
    assert desk.customer(other) == gone != desk.customer(one)
    judge(desk, LINKS, other, one)
    assert desk.customer(other) == desk.customer(one) != gone


def test_however_an_identifier_is_spelled_it_is_that_one(desk: Desk) -> None:
    one, phone = number(), {"type": "phone", "value": "+31612345631"}
    desk.send(talk([one]), talk([phone]))
    judge(desk, LINKS, one, {"type": "phone", "value": "06-12345631"})
    assert desk.customer(phone) == desk.customer(one)
    assert refused(desk, UNLINKS, phone, {"type": "phone", "value": "0612345631"}) == (422, "same_identifier")


def test_an_identifier_that_nobody_has_seen_can_be_linked_to_somebody_but_not_to_another_such(
    desk: Desk,
) -> None:
    one, new = number(), email()
    desk.send(talk([one]))
    shown = judge(desk, LINKS, one, new, preview=True).json()
    assert (shown["link_id"], shown["obstacle"]) == (None, None)
    assert [(move["from"], move["to"]) for move in shown["moves"]] == [(None, desk.customer(one))]
    assert desk.lookup(new).status_code == 404
    judge(desk, LINKS, one, new)
    assert desk.customer(new) == desk.customer(one)
    for path, pair in ((LINKS, (email(), email())), (UNLINKS, (one, email())), (UNLINKS, (email(), one))):
        assert refused(desk, path, *pair) == (404, "unknown_identifier")
        assert obstacle(desk, path, *pair) == "unknown_identifier"


def test_linked_or_unlinked_already_is_refused_and_says_so_beforehand(desk: Desk) -> None:
    one, other = two(desk)
    for path, code in ((LINKS, "already_linked"), (UNLINKS, "already_unlinked")):
        judge(desk, path, one, other)
        assert obstacle(desk, path, other, one) == code
        assert refused(desk, path, other, one) == (409, code)
    assert words(desk, one, other) == ["identity.unlinked", "identity.linked"]


def test_a_word_is_judged_by_all_that_was_recorded_before_seen_or_not(desk: Desk) -> None:
    every = [two(desk) for _ in range(4)]
    desk.settled()
    headers = desk.token("lead")
    for pair in every:
        body = {"identifiers": bare(*pair), "reason": "In a hurry"}
        answers = [desk.api.post(LINKS, json=body, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 409]
        assert answers[1].json()["code"] == "already_linked"


def test_what_is_proven_to_be_one_customer_need_not_be_linked(desk: Desk) -> None:
    one, mail = number(), email(strength="verified")
    desk.send(talk([one, mail]))
    assert obstacle(desk, LINKS, one, mail) == "already_one_customer"
    assert refused(desk, LINKS, one, mail) == (409, "already_one_customer")
    assert words(desk, one) == []


def test_a_link_proves_what_was_merely_stated(desk: Desk) -> None:
    one, mail = number(), email()
    desk.send(talk([one, mail]))
    assert desk.lookup(mail).json()["warnings"]
    assert judge(desk, LINKS, one, mail, preview=True).json()["moves"] == []
    judge(desk, LINKS, one, mail)
    assert desk.lookup(mail).json()["warnings"] == []


def test_an_unlink_between_two_sides_is_named_to_who_would_link_them(desk: Desk) -> None:
    one, other = two(desk)
    third = email()
    desk.send(talk([third]))
    judge(desk, LINKS, other, third)
    apart = judge(desk, UNLINKS, one, third).json()["id"]
    shown = judge(desk, LINKS, one, other, preview=True).json()
    assert (shown["obstacle"]["code"], shown["obstacle"]["link_ids"]) == ("cannot_link", [apart])
    assert shown["moves"] == []
    body = {"identifiers": bare(one, other), "reason": "Why not"}
    answer = desk.post(LINKS, body, role="lead")
    assert (answer.status_code, answer.json()["code"], answer.json()["link_ids"]) == (
        409,
        "cannot_link",
        [apart],
    )
    assert sorted(words(desk, one, other)) == ["identity.linked", "identity.unlinked"]
    assert desk.post(LINKS, {"link_id": apart, "reason": "Yes"}, role="lead").status_code == 201
    assert desk.customer(one) == desk.customer(other)


def test_a_link_leaves_behind_what_an_unlink_keeps_from_the_other_side_and_says_so_beforehand(
    desk: Desk,
) -> None:
    one, other = two(desk)
    mail, second = email(strength="verified"), email(strength="verified")
    desk.send(talk([one, mail], ago(hours=3)), talk([other, second], ago(hours=2)))
    judge(desk, UNLINKS, mail, second)
    shown = judge(desk, LINKS, one, other, preview=True).json()
    left = [move["identifiers"] for move in shown["moves"] if move["to"] != desk.customer(one)]
    assert (shown["obstacle"], left) == (None, [bare(second)])
    judge(desk, LINKS, one, other)
    assert desk.customer(one) == desk.customer(other) == desk.customer(mail) != desk.customer(second)


def test_a_mailbox_linked_to_what_its_customer_was_unlinked_from_leaves_that_customer_behind(
    desk: Desk,
) -> None:
    other, caller = number(), phone()
    mail = email(strength="verified")
    desk.send(talk([other, mail], ago(hours=3)), talk([caller], ago(hours=2)))
    judge(desk, UNLINKS, other, caller)
    shown = judge(desk, LINKS, mail, caller, preview=True).json()
    assert shown["obstacle"] is None
    judge(desk, LINKS, mail, caller)
    assert desk.customer(mail) == desk.customer(caller) != desk.customer(other)
    assert {one["customer_id"] for one in shown["after"]} == {desk.customer(mail), desk.customer(other)}


def household(desk: Desk, phone: Identifier) -> tuple[Identifier, Identifier]:
    one, other = number(), number()
    desk.send(talk([one, phone]), talk([other, phone]))
    return one, other


def test_a_shared_identifier_joins_nobody_by_hand_either(desk: Desk) -> None:
    phone = {"type": "phone", "value": "+31612345632"}
    one, other = household(desk, phone)
    assert obstacle(desk, LINKS, phone, one) == "shared_identifier"
    body = {"identifiers": bare(phone, one), "reason": "Hers"}
    answer = desk.post(LINKS, body, role="lead")
    assert (answer.status_code, answer.json()["code"]) == (409, "shared_identifier")
    assert [place["name"] for place in answer.json()["places"]] == ["identifiers.0"]
    assert words(desk, one, other) == []


def test_one_unlink_can_make_a_shared_number_one_persons_again(desk: Desk) -> None:
    phone = {"type": "phone", "value": "+31612345633"}
    one, other = household(desk, phone)
    desk.send(talk([phone], text="Van wie?"))
    shown = judge(desk, UNLINKS, phone, other, preview=True).json()
    (move,) = shown["moves"]
    assert (move["from"], move["to"], move["entries"]) == (None, desk.customer(one), 1)
    judge(desk, UNLINKS, phone, other)
    assert desk.customer(phone) == desk.customer(one)
    assert "Van wie?" in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text


@pytest.mark.parametrize("path", [LINKS, UNLINKS])
def test_junk_is_nobodys_to_judge(desk: Desk, path: str) -> None:
    one, withheld = number(), {"type": "phone", "value": "anonymous"}
    desk.send(talk([one]), talk([withheld]))
    assert obstacle(desk, path, withheld, one) == "junk_identifier"
    assert refused(desk, path, one, withheld) == (422, "junk_identifier")
    assert words(desk, one) == []


@pytest.mark.parametrize("path", [LINKS, UNLINKS])
def test_the_same_key_and_body_are_one_word_however_often_they_come(desk: Desk, path: str) -> None:
    pair, key = two(desk), unique("key")
    body = {"identifiers": bare(*pair), "reason": "Twice"}
    first = desk.post(path, body, role="lead", key=key)
    again = desk.post(path, body, role="lead", key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert len(words(desk, *pair)) == 1
    other = desk.post(path, {**body, "reason": "Another"}, role="lead", key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("link_id", ["x", "A" * 43, "-" * 43, "*" * 43, "A" * 44])
def test_a_link_id_that_leads_nowhere_is_404(desk: Desk, link_id: str) -> None:
    for preview in (True, False):
        body = {"link_id": link_id, "reason": "?", "preview": preview}
        answer = desk.post(UNLINKS, body, role="lead")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_link")


PAIR = [{"type": "email", "value": "anna@example.nl"}, {"type": "email", "value": "bea@example.nl"}]


@pytest.mark.parametrize(
    "body",
    [
        {"identifiers": PAIR[:1]},
        {"identifiers": [*PAIR, PAIR[0]]},
        {"identifiers": PAIR, "link_id": "x"},
        {},
        {"link_id": ""},
        {"identifiers": PAIR, "surprise": 1},
        {"identifiers": [PAIR[0], {"type": "email", "value": "no address"}]},
    ],
    ids=str,
)
def test_a_word_on_anything_but_one_pair_is_400(desk: Desk, body: dict[str, Any]) -> None:
    assert desk.post(LINKS, {"reason": "?", **body}, role="lead").status_code == 400
