"""The content digest: a sum of items, blind to tokens, places and clocks, and to nothing an agent can see."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from klantbeeld.domain.digest import (
    Digest,
    content_digest,
    customer_item,
    entity_item,
    entry_item,
    label,
    plain,
)
from klantbeeld.domain.interactions import InteractionState
from klantbeeld.domain.profiles import ProfileState
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, BORIS, Cloud, cloud, judged, pictured
from tests.domain.household import household

AT = datetime(2026, 11, 2, 9, 0, 0, 250, tzinfo=UTC)
WHO = label([("email", "annemiek@example.nl")])
ENTRY: dict[str, Any] = {
    "label": WHO,
    "source": "/crm",
    "id": "1",
    "type": "visit.recorded",
    "occurred_at": AT,
    "sequence": 0,
    "raw_data": b"{}",
}
ITEMS = [entry_item(**{**ENTRY, "id": str(n)}) for n in range(6)]


def total(items: list[int]) -> Digest:
    digest = Digest()
    for item in items:
        digest.add(item)
    return digest


def nobody(token: str) -> tuple[str, str]:
    raise AssertionError(f"no token expected, got {token}")


def test_the_order_of_items_does_not_matter() -> None:
    assert total(Random(1).sample(ITEMS, len(ITEMS))).hex() == total(ITEMS).hex()


def test_parts_add_up_to_the_whole() -> None:
    parts = total(ITEMS[:2])
    parts.merge(total(ITEMS[2:]))
    assert parts.hex() == total(ITEMS).hex()


def test_an_item_that_is_taken_away_leaves_nothing_behind() -> None:
    digest = total(ITEMS)
    digest.remove(ITEMS[0])
    assert digest.hex() == total(ITEMS[1:]).hex()


def test_an_item_that_stands_twice_counts_twice() -> None:
    assert total([*ITEMS, ITEMS[0]]).hex() != total(ITEMS).hex()


@pytest.mark.parametrize(
    "change",
    [
        {"label": label([])},
        {"source": "/crn"},
        {"id": "2"},
        {"type": "visit.other"},
        {"occurred_at": AT + timedelta(microseconds=1)},
        {"sequence": 1},
        {"raw_data": b"[]"},
        {"source": "/crm\x01", "id": ""},
    ],
)
def test_an_entry_differs_in_whatever_an_agent_can_see_of_it(change: dict[str, Any]) -> None:
    assert entry_item(**{**ENTRY, **change}) != entry_item(**ENTRY)


def test_one_instant_is_the_same_in_any_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert entry_item(**{**ENTRY, "occurred_at": elsewhere}) == entry_item(**ENTRY)


def test_a_label_is_a_set_of_identifiers() -> None:
    one, other = ("email", "a@example.nl"), ("phone", "+31612345601")
    assert label([one, other]) == label([other, one])
    assert len({label([one]), label([other]), label([one, other]), label([])}) == 4


def test_tokens_in_states_are_told_by_what_they_stand_for() -> None:
    names = {"token-1": ("email", "a@example.nl"), "token-2": ("email", "a@example.nl")}
    attributed = [InteractionState(external_id="call:1", attributed_to=token) for token in names]
    profiles = [ProfileState(external_id=token) for token in names]
    for states, kind in ((attributed, "interaction"), (profiles, "profile")):
        ids = ["call:1", "call:1"] if kind == "interaction" else list(names)
        items = [
            entity_item(WHO, kind, id, True, one, names.__getitem__)
            for id, one in zip(ids, states, strict=True)
        ]
        assert items[0] == items[1]


def test_a_number_is_the_same_with_and_without_a_point() -> None:
    assert plain({"a": (4.0, 4.5, True)}, nobody) == plain({"a": [4, 4.5, True]}, nobody)


def test_a_customer_is_shown_by_a_name() -> None:
    assert len({customer_item(WHO, shown) for shown in (None, "", "Annemiek")}) == 3


@pytest.mark.parametrize("place", range(len(household())))
def test_leaving_out_any_event_shows(place: int) -> None:
    told = household()
    assert content_digest(pictured(*told[:place], *told[place + 1 :])) != content_digest(pictured(*told))


def test_who_is_one_person_shows() -> None:
    apart = [cloud("visit.recorded", 0, who, id=str(who["value"])) for who in (ANNEMIEK, BORIS)]
    linked, unlinked = (judged(word, 5, ANNEMIEK, BORIS) for word in ("linked", "unlinked"))
    linked, unlinked = {**linked, "id": "word"}, {**unlinked, "id": "word"}
    assert content_digest(pictured(*apart, linked)) != content_digest(pictured(*apart, unlinked))


def test_merging_and_unmerging_leaves_the_customers_of_never_having_merged() -> None:
    apart: list[Cloud] = [
        cloud("visit.recorded", 0, who, id=str(who["value"])) for who in (ANNEMIEKS_MAIL, BORIS)
    ]
    undone = pictured(
        *apart, judged("linked", 5, ANNEMIEKS_MAIL, BORIS), judged("unlinked", 6, ANNEMIEKS_MAIL, BORIS)
    )
    assert set(undone.customers().values()) == set(pictured(*apart).customers().values())
