"""Joining and separating customers by hand: previewed, recorded once, refused where it would change nothing."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, ahead, email, event, number, phone, talk, unique

LINKS, UNLINKS = "/v1/identity/links", "/v1/identity/unlinks"
WITHDRAWALS = "/v1/identity/withdrawals"
Identifier = dict[str, str]


def bare(*identifiers: Identifier) -> list[Identifier]:
    return [{"type": one["type"], "value": one["value"]} for one in identifiers]


def judge(desk: Desk, path: str, *pair: Identifier, **body: Any) -> Any:
    """By a lead. Without `preview` it must be taken, and is seen from then on."""
    answer = desk.post(path, {"identifiers": bare(*pair), "reason": "She said so", **body}, role="lead")
    assert answer.status_code == (200 if body.get("preview") else 201), answer.text
    return answer


def refused(desk: Desk, path: str, *pair: Identifier, **body: Any) -> tuple[int, str]:
    answer = desk.post(path, {"identifiers": bare(*pair), "reason": "Why not", **body}, role="lead")
    return answer.status_code, answer.json()["code"]


def obstacle(desk: Desk, path: str, *pair: Identifier) -> Any:
    found = judge(desk, path, *pair, preview=True).json()["obstacle"]
    return found and found["code"]


def two(desk: Desk) -> tuple[Identifier, Identifier]:
    """Two customers; the first was seen first."""
    one, other = number(), number()
    desk.send(talk([one], "2026-01-01T10:00:00Z"), talk([other], "2026-01-02T10:00:00Z"))
    return one, other


def words(desk: Desk, *whose: Identifier) -> list[str]:
    """Types of what a person said, on the timelines of these."""
    pages = [desk.get(f"/v1/customers/{id_}/timeline") for id_ in {desk.customer(one) for one in whose}]
    types = [entry["type"] for page in pages for entry in page.json()["items"]]
    return [one for one in types if one.startswith("identity.")]


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


def furnished(desk: Desk) -> tuple[Identifier, Identifier, Identifier]:
    """Two customers of whom the younger has two identifiers and something of every kind."""
    one, other, mail = number(), number(), email(strength="verified")
    desk.send(
        event("customer.described", [one], "2026-01-01T10:00:00Z", name={"given": "Anna"}),
        event("customer.described", [other, mail], "2026-01-02T10:00:00Z", name={"given": "Bea"}),
        talk([mail], ago(days=2), conversation_id=unique("c")),
        event("order.placed", [other], ago(days=1), order_id=unique("o")),
        event("agreement.made", [mail], agreement_id=unique("ag"), kind="callback", due_at=ahead(days=1)),
        event("agreement.made", [mail], agreement_id=unique("ag"), kind="gone", due_at="2026-01-05"),
        event("follow_up.opened", [other], follow_up_id=unique("f"), kind="callback"),
    )
    return one, other, mail


def test_a_preview_says_who_would_be_who_and_what_would_move_and_records_nothing(desk: Desk) -> None:
    one, other, mail = furnished(desk)
    anna, bea = desk.customer(one), desk.customer(other)
    shown = judge(desk, LINKS, other, one, preview=True).json()
    assert {side["customer_id"]: side["display_name"] for side in shown["before"]} == {
        anna: "Anna",
        bea: "Bea",
    }
    assert [(side["customer_id"], side["display_name"]) for side in shown["after"]] == [(anna, "Bea")]
    assert shown["after"][0]["identifiers"] == sorted(
        bare(one, other, mail), key=lambda each: (each["type"], each["value"])
    )
    (move,) = shown["moves"]
    assert (move["from"], move["to"], len(move["identifiers"])) == (bea, anna, 2)
    counts = ("entries", "orders", "conversations", "open_agreements", "open_follow_ups")
    assert [move[name] for name in counts] == [6, 1, 1, 1, 1]
    assert [each["kind"] for each in move["agreements"]] == ["callback"]
    assert [each["kind"] for each in move["follow_ups"]] == ["callback"]
    assert (desk.customer(one), desk.customer(other)) == (anna, bea)
    assert words(desk, one, other) == []
    judge(desk, LINKS, other, one)
    theirs = desk.get(f"/v1/customers/{anna}/timeline").json()["items"]
    assert len([entry for entry in theirs if entry["type"] != "identity.linked"]) == move["entries"] + 1


def test_a_preview_tells_what_was_agreed_in_words_only_to_who_may_read_customers(desk: Desk) -> None:
    one, other = two(desk)
    words = {"text": "Bel over haar scheiding"}
    desk.send(
        event(
            "agreement.made",
            [other],
            agreement_id=unique("ag"),
            kind="callback",
            due_at=ahead(days=1),
            **words,
        ),
        event("follow_up.opened", [other], follow_up_id=unique("f"), kind="callback", **words),
    )
    body = {"identifiers": bare(one, other), "preview": True}
    seen = {role: desk.post(LINKS, body, role=role).json() for role in ("lead", "privacy", "admin")}
    assert seen["lead"]["moves"] == seen["admin"]["moves"]
    for kind in ("agreements", "follow_ups"):
        (open_,) = seen["lead"]["moves"][0][kind]
        (withheld,) = seen["privacy"]["moves"][0][kind]
        assert open_["text"] == words["text"]
        assert open_.keys() - withheld.keys() >= {"text", "external_id"}
        assert withheld.items() <= open_.items()
    assert "scheiding" not in str(seen["privacy"])


def test_a_preview_of_very_much_counts_all_of_it_and_tells_a_part(desk: Desk) -> None:
    one, other = two(desk)
    orders = [{"type": "order_number", "value": unique("O"), "strength": "asserted"} for _ in range(120)]
    desk.send(
        *(talk([other, order], "2026-01-03T10:00:00Z") for order in orders),
        *(
            event("follow_up.opened", [who], follow_up_id=unique("f"), kind="callback")
            for who in (other, orders[0])
            for _ in range(40)
        ),
    )
    told = judge(desk, LINKS, one, other, preview=True).json()
    (move,) = told["moves"]
    assert (move["identifier_count"], len(move["identifiers"])) == (121, 100)
    assert (move["open_follow_ups"], len(move["follow_ups"])) == (80, 50)
    assert move["entries"] == 1 + 120 + 80
    (after,) = told["after"]
    assert (after["identifier_count"], len(after["identifiers"])) == (122, 100)


def test_what_belongs_to_another_number_is_taken_from_it_by_a_link_and_the_preview_says_so(
    desk: Desk,
) -> None:
    one, other, mail = furnished(desk)
    anna, bea = desk.customer(one), desk.customer(other)
    shown = judge(desk, LINKS, mail, one, preview=True).json()
    (move,) = shown["moves"]
    assert (move["from"], move["to"], move["identifiers"]) == (bea, anna, bare(mail))
    then = {side["customer_id"]: side["identifiers"] for side in shown["after"]}
    assert then == {anna: bare(one, mail), bea: bare(other)}
    judge(desk, LINKS, mail, one)
    assert (desk.customer(mail), desk.customer(other)) == (anna, bea)


def test_the_preview_of_an_unlink_says_what_goes_back(desk: Desk) -> None:
    one, other, mail = furnished(desk)
    anna, bea = desk.customer(one), desk.customer(other)
    judge(desk, LINKS, other, one)
    shown = judge(desk, UNLINKS, other, one, preview=True).json()
    assert [side["customer_id"] for side in shown["before"]] == [anna]
    assert {side["customer_id"] for side in shown["after"]} == {anna, bea}
    (move,) = shown["moves"]
    assert (move["from"], move["to"], move["orders"], move["open_agreements"]) == (anna, bea, 1, 1)
    assert desk.customer(mail) == anna


def test_a_preview_needs_no_reason_and_all_else_does(desk: Desk) -> None:
    pair = bare(*two(desk))
    assert desk.post(LINKS, {"identifiers": pair, "preview": True}, role="lead").status_code == 200
    answer = desk.post(LINKS, {"identifiers": pair}, role="lead")
    assert (answer.status_code, answer.json()["places"][0]["code"]) == (400, "reason_missing")


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
