"""What a link or an unlink would bring about, shown before anybody says it."""

from tests.api.desk.desk import Desk, ahead, event, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, bare, furnished, judge, two, words


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
    assert answer.status_code == 400
    assert answer.json()["places"] == [{"in": "body", "name": "reason", "code": "reason_missing"}]
