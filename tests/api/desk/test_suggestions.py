"""Likely-same customers in the review queue, as an agent meets and settles them."""

from typing import Any

import pytest

from projections.suggestions import listing
from projections.suggestions.computing import Computing
from streams.suggesting import suggesting
from tests.api.desk.desk import Desk, event, number
from tests.api.desk.judging import LINKS, UNLINKS
from tests.api.desk.test_review_queue import about, settling
from tests.waiting import until

PEOPLE = {
    "Oosterzee": ("Femke", "Fenke", "1979-05-17", "Groningen"),
    "Westerzee": ("Joris", "Jorris", "1950-12-03", "Maastricht"),
    "Noorderzee": ("Sanne", "Sane", "2001-08-29", "Zwolle"),
    "Zuiderzee": ("Willem", "Wilem", "1966-02-11", "Breda"),
    "Binnenzee": ("Koen", "Koenn", "1993-06-08", "Emmen"),
    "Buitenzee": ("Marijke", "Marijkke", "1972-02-09", "Assen"),
    "Middelzee": ("Roos", "Roosje", "1988-10-24", "Alkmaar"),
}


def told_twice(desk: Desk, family: str) -> tuple[dict[str, str], dict[str, str]]:
    """One person under two customer numbers, the second time with a typing error."""
    one, other = number(), number()
    given, again, born, city = PEOPLE[family]
    known = {"birth_date": born, "addresses": [{"street": f"{city}straat", "number": "7", "city": city}]}
    desk.send(
        event("customer.described", [one], name={"given": given, "prefix": "van", "family": family}, **known),
        event("customer.described", [other], name={"given": again, "family": family}, **known),
    )
    desk.settled()
    return one, other


def compare_all(desk: Desk) -> None:
    Computing(desk.system.database, desk.system.names).everything()


def suggested(desk: Desk, *whose: dict[str, str]) -> list[Any]:
    return [item for item in about(desk, *whose) if item["kind"] == "suggestion"]


def test_a_suggestion_stands_with_both_customers_its_score_and_its_reasons(desk: Desk) -> None:
    one, other = told_twice(desk, "Oosterzee")
    compare_all(desk)
    (item,) = suggested(desk, one, other)
    assert {side["customer_id"] for side in item["customers"]} == {desk.customer(one), desk.customer(other)}
    assert item["score"] > 0.9
    assert {"same birth date", "same family name"} <= set(item["reasons"])
    assert [each["action"] for each in item["actions"]] == ["link", "unlink"]


@pytest.mark.parametrize(
    ("path", "word", "family"), [(LINKS, "link", "Westerzee"), (UNLINKS, "unlink", "Middelzee")]
)
def test_a_suggestion_goes_when_a_person_decides(desk: Desk, path: str, word: str, family: str) -> None:
    one, other = told_twice(desk, family)
    compare_all(desk)
    (item,) = suggested(desk, one, other)
    answer = desk.post(path, {"link_id": settling(item, word), "reason": "Asked her"}, role="lead")
    assert answer.status_code == 201
    assert suggested(desk, one, other) == []
    assert (desk.customer(one) == desk.customer(other)) == (path == LINKS)


def test_every_suggestion_is_met_once_on_the_way_through_the_pages(desk: Desk) -> None:
    for family in ("Noorderzee", "Zuiderzee"):
        told_twice(desk, family)
    compare_all(desk)
    whole = [
        item["link_id"] for item in desk.get("/v1/identity/conflicts", role="lead", limit=500).json()["items"]
    ]
    paged, cursor = [], None
    while True:
        given = {"cursor": cursor} if cursor else {}
        page = desk.get("/v1/identity/conflicts", role="lead", limit=2, **given).json()
        paged += [item["link_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert paged == whole


def test_a_page_that_met_settled_ones_only_is_empty_and_leads_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_twice(desk, "Buitenzee")
    compare_all(desk)
    query = {"role": "lead", "kind": "suggestion", "limit": 1}
    first = desk.get("/v1/identity/conflicts", **query).json()
    monkeypatch.setattr(listing, "PAGE", 1)
    monkeypatch.setattr(listing, "MOST_PASSED_OVER", 1)
    for item in first["items"]:
        body = {"link_id": settling(item, "unlink"), "reason": "Asked her"}
        assert desk.post(UNLINKS, body, role="lead").status_code == 201
    after = desk.get("/v1/identity/conflicts", **query).json()
    assert after["items"] == []
    assert after["next_cursor"]


def test_suggestions_are_made_beside_the_processors_without_being_asked_for(desk: Desk) -> None:
    with suggesting(desk.system):
        one, other = told_twice(desk, "Binnenzee")
        until(lambda: suggested(desk, one, other))
