"""Finding the customer behind identifiers: one customer, candidates, or nobody."""

from random import Random
from typing import Any

import pytest

from projections.reading import customers as reading
from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique


def phone(last: int) -> dict[str, str]:
    return {"type": "phone", "value": f"+316123456{last:02}"}


def test_a_spelling_of_the_number_does_not_matter(desk: Desk) -> None:
    who = number()
    desk.send(talk([who, phone(21)]))
    for spelled in ("06-12345621", "0031 6 1234 5621", "+31 (0)6 12345621"):
        assert desk.customer({"type": "phone", "value": spelled}) == desk.customer(who)


def test_the_brief_comes_along_when_asked_for(desk: Desk) -> None:
    who = email()
    desk.send(event("customer.described", [who], name={"given": "Sanne", "prefix": "van", "family": "Dijk"}))
    plain, full = desk.lookup(who).json(), desk.lookup(who, include=["brief"]).json()
    assert "brief" not in plain
    assert plain["candidates"] == []
    assert full["brief"]["display_name"] == "Sanne van Dijk"
    assert full["brief"]["customer_id"] == plain["customer_id"]
    assert plain["freshness"]["incomplete"] == []


def test_hits_on_one_customer_decide_even_beside_what_nobody_knows(desk: Desk) -> None:
    who = email()
    desk.send(talk([who]))
    assert desk.customer(email(), who)


def test_an_exclusive_identifier_outranks_a_shareable_one(desk: Desk) -> None:
    one, other = number(), email()
    desk.send(talk([one]), talk([other]))
    assert desk.customer(other, one) == desk.customer(one)


def test_hits_on_two_customers_give_both_as_candidates(desk: Desk) -> None:
    one, other = email(), email()
    desk.send(talk([one], "2026-01-05T10:00:00Z"), talk([other], "2026-02-05T10:00:00Z"))
    found = desk.lookup(one, other, include=["brief"]).json()
    assert (found["customer_id"], "brief" in found) == (None, False)
    assert [one["matched_on"]["value"] for one in found["candidates"]] == [other["value"], one["value"]]
    assert [one["last_contact_at"] for one in found["candidates"]] == [
        "2026-02-05T10:00:00Z",
        "2026-01-05T10:00:00Z",
    ]
    assert not any(one["shared"] for one in found["candidates"])


def shared_by_two(desk: Desk, last: int) -> tuple[str, str]:
    """A household: two customers on one telephone number, which one of them then calls from."""
    one, other = number(), number()
    desk.send(talk([one, phone(last)], text="een"), talk([other, phone(last)], text="twee"))
    desk.send(talk([phone(last)], interaction_id=f"pbx:{last}", channel="phone", text="Geheim"))
    return desk.customer(one), desk.customer(other)


def test_a_shared_number_gives_candidates(desk: Desk) -> None:
    customers = shared_by_two(desk, 22)
    found = desk.lookup(phone(22)).json()
    assert found["customer_id"] is None
    assert {one["customer_id"] for one in found["candidates"]} == set(customers)
    assert all(one["shared"] for one in found["candidates"])


def test_a_call_from_a_shared_number_stands_without_its_words_with_each_candidate_until_it_is_attributed(
    desk: Desk,
) -> None:
    customers = shared_by_two(desk, 23)
    for customer in customers:
        brief = desk.get(f"/v1/customers/{customer}")
        assert [one["channel"] for one in brief.json()["unattributed"]] == ["phone"]
        assert "unattributed_contacts" in [one["code"] for one in brief.json()["warnings"]]
        assert "Geheim" not in brief.text + desk.get(f"/v1/customers/{customer}/timeline").text
    interaction = brief.json()["unattributed"][0]["interaction_id"]
    mine = desk.get(f"/v1/customers/{customers[0]}").json()["identifiers"]
    to = next(one for one in mine if one["type"] == "customer_number")
    moved = desk.post(f"/v1/interactions/{interaction}/attribute", {"to": to, "reason": "She said so"})
    assert (moved.status_code, moved.json()["customer_id"]) == (200, customers[0])
    assert "Geheim" in desk.get(f"/v1/customers/{customers[0]}/timeline").text
    for customer in customers:
        assert desk.get(f"/v1/customers/{customer}").json()["unattributed"] == []


def crowd(desk: Desk, box: dict[str, str], many: int) -> list[str]:
    """Customers who all use one mailbox; answers their ids, whoever was in touch last first."""
    hours = list(range(many))
    Random(many).shuffle(hours)
    people = {hour: number() for hour in hours}
    desk.send(*(talk([people[hour], box], ago(hours=1 + hour)) for hour in hours))
    return [desk.customer(people[hour]) for hour in sorted(hours)]


def test_of_a_crowd_those_who_were_in_touch_last_are_the_candidates_and_it_is_told_that_there_are_more(
    desk: Desk,
) -> None:
    box = email()
    customers = crowd(desk, box, 26)
    found = desk.lookup(box).json()
    assert [one["customer_id"] for one in found["candidates"]] == customers[:20]
    assert found["more_candidates"] is True
    assert desk.lookup(box).json()["candidates"] == found["candidates"]


def test_who_is_in_touch_again_leads_the_candidates(desk: Desk) -> None:
    """By another way than the mailbox, too."""
    box = email()
    desk.send(*(talk([number(), box], ago(days=1 + n)) for n in range(20)))
    quiet = number()
    desk.send(talk([quiet, box], ago(days=300)))
    assert desk.customer(quiet) not in [one["customer_id"] for one in desk.lookup(box).json()["candidates"]]
    desk.send(talk([quiet], ago(minutes=2)))
    found = desk.lookup(box).json()
    assert found["candidates"][0]["customer_id"] == desk.customer(quiet)
    assert found["more_candidates"] is True


def test_of_a_crowd_too_large_to_look_through_those_who_came_in_lately_are_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = email()
    crowd(desk, box, 30)
    last = number()
    desk.send(talk([last, box], ago(minutes=1)))
    monkeypatch.setattr(reading, "MOST_NEAR", 3)
    monkeypatch.setattr(reading, "LATELY", 1)
    found = desk.lookup(box).json()["candidates"]
    assert 1 < len(found) < 20
    assert found[0]["customer_id"] == desk.customer(last)


def test_candidates_that_are_all_shown_are_all_there_are(desk: Desk) -> None:
    shared_by_two(desk, 25)
    assert desk.lookup(phone(25)).json()["more_candidates"] is False


def test_a_candidate_in_many_open_conversations_is_shown_by_name(desk: Desk) -> None:
    one, other = shared_by_two(desk, 26)
    mine = desk.get(f"/v1/customers/{one}").json()["identifiers"]
    named = [{**each, "strength": "verified"} for each in mine if each["type"] == "customer_number"]
    desk.send(
        event("customer.described", named, name={"given": "Noor", "family": "Vis"}),
        *(talk(named, ago(minutes=n), channel="phone", text="vraag") for n in range(4)),
    )
    names = {
        each["customer_id"]: each["display_name"] for each in desk.lookup(phone(26)).json()["candidates"]
    }
    assert names[one] == "Noor Vis"
    assert other in names


def test_the_id_of_a_shared_identifier_is_409_with_candidates(desk: Desk) -> None:
    desk.send(talk([phone(24)]))
    id_ = desk.customer(phone(24))
    customers = shared_by_two(desk, 24)
    for path in ("", "/timeline", "/orders"):
        answer = desk.get(f"/v1/customers/{id_}{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "shared_identifier")
        assert {one["customer_id"] for one in answer.json()["candidates"]} == set(customers)


def test_nobody_known_is_404(desk: Desk) -> None:
    answer = desk.lookup(email())
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ({"type": "shoe_size", "value": "42"}, "unknown_identifier_type"),
        ({"type": "email", "value": "  "}, "blank_identifier"),
        ({"type": "email", "value": "no address"}, "bad_email"),
        ({"type": "customer_number", "value": "a\x01b"}, "bad_identifier_value"),
        ({"type": "email"}, "bad_request"),
    ],
)
def test_a_bad_identifier_is_400_with_its_code(desk: Desk, identifier: Any, code: str) -> None:
    answer = desk.lookup(identifier)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("body", [{}, {"identifiers": []}, {"identifiers": [], "x": 1}, [], "x", None])
def test_a_look_up_needs_identifiers(desk: Desk, body: Any) -> None:
    assert desk.post("/v1/customers/lookup", body).json()["code"] == "bad_request"


def asked(desk: Desk, *identifiers: dict[str, str], attests: bool = True) -> Any:
    headers = desk.token("service", "ivr", attests=attests)
    body = {"identifiers": identifiers, "include": ["brief"]}
    return desk.api.post(f"/v1/customers/lookup?wait_for={desk.position}", json=body, headers=headers)


def test_a_service_gets_the_brief_of_a_customer_that_it_has_verified(desk: Desk) -> None:
    who = email(strength="verified")
    desk.send(talk([who]))
    assert asked(desk, who).json()["brief"]["customer_id"] == desk.customer(who)


def test_a_service_that_has_not_verified_everything_or_is_not_trusted_to_gets_nothing(desk: Desk) -> None:
    who = email(strength="verified")
    desk.send(talk([who]))
    for answer in (
        asked(desk, who, attests=False),
        asked(desk, {**who, "strength": "asserted"}),
        asked(desk, who, {"type": "customer_number", "value": unique("K")}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_verified")
        assert all(cause in answer.json()["detail"] for cause in ("toegangstoken", "strength: verified"))


def test_a_service_gets_no_candidates(desk: Desk) -> None:
    one, other = email(strength="verified"), email(strength="verified")
    desk.send(talk([one]), talk([other]))
    answer = asked(desk, one, other)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")
