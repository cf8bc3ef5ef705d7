"""Corrections: the last in fold order replaces the data of the event it names, and nothing else of it."""

import json
from typing import Any

import pytest

from klantbeeld.domain.digest import content_digest
from klantbeeld.domain.picture import Entry, Picture
from tests.domain.building import (
    ANNEMIEK,
    ANNEMIEKS_MAIL,
    BORIS,
    Cloud,
    cloud,
    correction,
    entity,
    judged,
    minute,
    pictured,
)

CALL = cloud("interaction.recorded", 0, ANNEMIEK, channel="phone", direction="inbound", topic="first")
MADE = cloud(
    "agreement.made", 0, ANNEMIEK, agreement_id="desk:1", kind="callback", due_at="2026-11-02T10:00:00Z"
)


def entry(seen: Picture, target: Cloud) -> Entry:
    [found] = [one for one in seen.entries if one.event.order.id == target["id"]]
    return found


def topic(*clouds: Cloud) -> Any:
    return entry(pictured(*clouds), CALL).event.data.topic


def test_the_last_correction_in_fold_order_wins_whichever_arrives_last() -> None:
    early, late = correction(5, CALL, topic="second"), correction(9, CALL, topic="third")
    assert topic(CALL, late, early) == topic(early, late, CALL) == "third"


def test_a_correction_replaces_the_data_as_a_whole() -> None:
    without = correction(5, CALL, topic=None, agent={"id": "a-1"})
    assert topic(CALL, without) is None
    assert json.loads(entry(pictured(CALL, without), CALL).event.raw_data) == without["data"]["data"]


def test_the_corrected_event_keeps_its_place_and_the_correction_is_an_entry_of_its_own() -> None:
    seen = pictured(CALL, correction(5, CALL, topic="second"))
    assert [(one.event.type, one.event.occurred_at) for one in seen.entries] == [
        ("interaction.recorded", minute(0)),
        ("event.corrected", minute(5)),
    ]


def test_a_corrected_promise_is_judged_by_its_corrected_data_and_has_another_version() -> None:
    before = entity(pictured(MADE), "agreement", "desk:1")
    after = entity(pictured(MADE, correction(5, MADE, due_at="2026-11-02T11:00:00Z")), "agreement", "desk:1")
    assert (after.state.due_at, after.state.original_due_at) == (minute(120), minute(120))
    assert after.version != before.version


def test_a_correction_can_move_an_event_to_another_entity() -> None:
    seen = pictured(MADE, correction(5, MADE, agreement_id="desk:2"))
    assert list(seen.entities) == [("agreement", "desk:2")]


def test_a_correction_with_identifiers_says_anew_whose_the_event_is() -> None:
    seen = pictured(CALL, correction(5, CALL, identifiers=[BORIS]))
    assert seen.head_of(entry(seen, CALL).event.owner) == seen.customer_with("customer_number", "K-502")


def test_a_correction_without_identifiers_leaves_whose_the_event_is() -> None:
    seen = pictured(CALL, correction(5, CALL, identifiers=None, topic="second"))
    assert seen.head_of(entry(seen, CALL).event.owner) == seen.customer_with("customer_number", "K-501")
    assert topic(CALL, correction(5, CALL, identifiers=None, topic="second")) == "second"


def test_evidence_that_was_corrected_away_joins_nobody() -> None:
    together = cloud("visit.recorded", 0, [ANNEMIEK, ANNEMIEKS_MAIL], page="/")
    seen = pictured(together, correction(5, together, identifiers=[ANNEMIEK]))
    alone = seen.customer_with("customer_number", "K-501")
    assert alone
    assert len(seen.tokens_of(alone)) == 1


def test_evidence_that_a_correction_brings_in_joins() -> None:
    alone = cloud("visit.recorded", 0, ANNEMIEK, page="/")
    seen = pictured(alone, correction(5, alone, identifiers=[ANNEMIEK, ANNEMIEKS_MAIL]))
    assert seen.customer_with("email", "annemiek@example.nl") == seen.customer_with(
        "customer_number", "K-501"
    )


def test_a_correction_without_effect_joins_nobody() -> None:
    nothing: dict[str, Any] = {
        "event": {"source": "/test", "id": "unknown"},
        "data": {"identifiers": [ANNEMIEK, ANNEMIEKS_MAIL]},
    }
    seen = pictured(cloud("event.corrected", 5, **nothing))
    assert seen.customer_with("email", "annemiek@example.nl") != seen.customer_with(
        "customer_number", "K-501"
    )


def test_data_that_the_type_refuses_leaves_the_event_as_it_was_recorded() -> None:
    wrong = correction(9, CALL, channel="pigeon")
    assert topic(CALL, wrong) == topic(CALL, correction(5, CALL, topic="second"), wrong) == "first"


def test_correcting_a_correction_has_no_effect() -> None:
    second = correction(5, CALL, topic="second")
    again = correction(9, second, data={**CALL["data"], "topic": "third"})
    assert topic(CALL, second, again) == "second"


def test_what_only_the_system_sends_cannot_be_corrected() -> None:
    link = judged("linked", 0, ANNEMIEK, BORIS)
    seen = pictured(link, correction(5, link, pair=[ANNEMIEK, ANNEMIEKS_MAIL]))
    assert seen.customer_with("customer_number", "K-501") == seen.customer_with("customer_number", "K-502")


def test_a_correction_that_came_before_its_event_applies_once_that_comes() -> None:
    by = correction(5, CALL, topic="second")
    assert topic(by, CALL) == "second"


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_corrections_at_one_moment_the_greater_id_is_last(order: tuple[str, str]) -> None:
    both = {id: correction(5, CALL, id=id, topic=id) for id in ("a", "b")}
    assert topic(CALL, *(both[id] for id in order)) == "b"


def test_the_digest_sees_a_correction() -> None:
    one, other = correction(5, CALL, topic="second"), correction(5, CALL, topic="third")
    assert content_digest(pictured(CALL, one)) != content_digest(pictured(CALL, other))
