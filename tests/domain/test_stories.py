"""Whole stories: what an agent must find, now and as of an earlier moment, in whatever order the events came."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from klantbeeld.domain.agreements import verdict
from klantbeeld.domain.digest import content_digest
from klantbeeld.domain.events.event import Token
from klantbeeld.domain.follow_ups import standing
from klantbeeld.domain.picture import Picture, picture
from klantbeeld.domain.profiles import display_name
from klantbeeld.domain.times import from_text, to_text
from klantbeeld.ingest.normalise import normalise
from services.demo import DEFAULT_SEED, HERO, story
from tests.domain.building import RULES, Cloud, decode, pictured, told
from tests.domain.household import household

ASKED = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def example(shared_data: Path) -> dict[str, Any]:
    """The worked example beside the contract."""
    path = shared_data.parent / "design" / "story.json"
    if not path.is_file():
        pytest.skip(f"needs the worked example of the contract (looked in {path})")
    found: dict[str, Any] = json.loads(path.read_text())
    rejected = [n for n, status in enumerate(found["ingest"]["statuses"]) if status == "rejected"]
    found["told"] = [event for n, event in enumerate(found["events"]) if n not in rejected]
    return found


def as_of(clouds: list[Cloud], moment: datetime) -> Picture:
    return picture((one for one in told(clouds) if one.occurred_at <= moment), RULES, decode)


def looked_up(seen: Picture, example: dict[str, Any]) -> Token:
    [one] = example["lookup"]["identifiers"]
    head = seen.customer_with(one["type"], normalise(one["type"], one["value"], "NL"))
    assert head
    return head


def verdicts(seen: Picture, head: Token, moment: datetime) -> dict[str, str]:
    return {one.external_id: verdict(one.state, moment) for one in seen.entities_of(head, "agreement")}


def test_the_worked_example_reads_as_the_contract_says(example: dict[str, Any]) -> None:
    seen, expect = pictured(*example["told"]), example["expect"]
    head = looked_up(seen, example)
    assert display_name(seen.profile_of(head)) == expect["display_name"]
    assert [entry.event.type for entry in seen.entries_of(head)] == expect["timeline_newest_first"]
    assert [
        {"channel": one.state.channel, "outcome": one.state.outcome}
        for one in seen.entities_of(head, "conversation")
    ] == expect["contacts_newest_first"]


def test_the_order_of_the_worked_example_stands_as_the_contract_says(example: dict[str, Any]) -> None:
    seen = pictured(*example["told"])
    [one] = seen.entities_of(looked_up(seen, example), "order")
    found = {
        "external_id": one.external_id,
        "status": one.state.status,
        "promised": {"latest": to_text(one.state.promised_latest)},
        "eta": to_text(one.state.eta),
    }
    assert [found] == example["expect"]["orders"]


def test_the_agreements_of_the_worked_example_are_judged_as_the_contract_says(
    example: dict[str, Any],
) -> None:
    seen = pictured(*example["told"])
    found = seen.entities_of(looked_up(seen, example), "agreement")
    facts = [
        {
            "external_id": one.external_id,
            "kind": one.state.kind,
            "state": verdict(one.state, ASKED),
            "due_at": to_text(one.state.due_at),
            "order_external_id": one.state.order,
        }
        for one in found
    ]
    assert len(facts) == len(example["expect"]["agreements"])
    for expected in example["expect"]["agreements"]:
        assert any(expected.items() <= one.items() for one in facts)


def test_the_worked_example_as_of_an_earlier_moment_reads_as_the_contract_says(
    example: dict[str, Any],
) -> None:
    [(name, expect)] = [pair for pair in example["expect"].items() if pair[0].startswith("as_of_occurred")]
    moment = from_text(name.split()[1])
    seen = as_of(example["told"], moment)
    head = looked_up(seen, example)
    orders = [
        {"external_id": one.external_id, "status": one.state.status}
        for one in seen.entities_of(head, "order")
    ]
    agreements = [
        {"kind": one.state.kind, "state": verdict(one.state, moment)}
        for one in seen.entities_of(head, "agreement")
    ]
    contacts = seen.entities_of(head, "conversation")
    assert {"orders": orders, "agreements": agreements, "contacts": contacts} == expect


def test_the_worked_example_in_any_order_gives_one_digest(example: dict[str, Any]) -> None:
    events = example["told"]
    digests = {
        content_digest(pictured(*Random(seed).sample(events, len(events)), salt=str(seed)))
        for seed in range(20)
    }
    assert len(digests) == 1


@pytest.fixture(scope="module")
def home() -> Picture:
    return pictured(*household())


def person(seen: Picture, value: str) -> Token:
    head = seen.customer_with("customer_number", value)
    assert head
    return head


def test_a_shared_telephone_joins_nobody_and_other_evidence_does(home: Picture) -> None:
    types = {
        value: sorted(home.known[token].type for token in home.tokens_of(person(home, value)))
        for value in ("K-501", "K-502")
    }
    assert types == {
        "K-501": ["anonymous", "customer_number", "email", "order_number", "tracking"],
        "K-502": ["customer_number"],
    }
    assert [home.known[token].value for token in home.resolution.shared] == ["+31612345640"]


def test_the_attributed_call_and_its_promise_are_on_the_timeline_of_whom_they_were_with(
    home: Picture,
) -> None:
    types = [one.event.type for one in home.entries_of(person(home, "K-501"))]
    assert types[:5] == [
        "feedback.given",
        "order.shipment_updated",
        "follow_up.completed",
        "follow_up.opened",
        "agreement.made",
    ]
    assert [one.event.type for one in home.entries_of(person(home, "K-502"))] == ["customer.described"]


def test_the_late_parcel_broke_its_promise_and_the_call_back_kept_its_own(home: Picture) -> None:
    found = verdicts(home, person(home, "K-501"), ASKED)
    assert found == {"delivery:shop:881": "broken", "desk:1": "kept"}


def test_contacts_show_what_was_put_right_afterwards(home: Picture) -> None:
    phone, mail = home.entities_of(person(home, "K-501"), "conversation")
    assert (phone.state.topic, phone.state.outcome) == ("late delivery", "unresolved")
    assert (mail.state.subject, mail.state.status) == ("Waar is mijn lamp?", "open")
    assert home.entities["interaction", "mail:1"].state.text == "Ik wacht op de leeslamp."


def test_a_withheld_caller_belongs_to_nobody(home: Picture) -> None:
    [withheld] = [one for one in home.entries if getattr(one.event.data, "outcome", None) == "abandoned"]
    assert home.head_of(withheld.event.owner) is None


def test_before_the_parcel_came_its_promise_was_open_and_nobody_had_called() -> None:
    moment = datetime(2026, 11, 3, 12, tzinfo=UTC)
    seen = as_of(household(), moment)
    head = person(seen, "K-501")
    [one] = seen.entities_of(head, "order")
    assert (one.state.status, verdicts(seen, head, moment)) == (
        "out_for_delivery",
        {"delivery:shop:881": "open"},
    )
    assert [one.state.channel for one in seen.entities_of(head, "conversation")] == ["email"]


def test_the_duty_was_open_on_the_day_it_was_due() -> None:
    moment = datetime(2026, 11, 4, 15, tzinfo=UTC)
    seen = as_of(household(), moment)
    [duty] = seen.entities_of(person(seen, "K-501"), "follow_up")
    assert standing(duty.state, moment) == "open"


@pytest.fixture(scope="module")
def demo() -> list[Cloud]:
    return story(DEFAULT_SEED, datetime(2026, 11, 20, 13, 30, tzinfo=UTC))


def test_the_demo_in_any_order_and_twice_gives_one_digest(demo: list[Cloud]) -> None:
    shuffled = Random(5).sample(demo, len(demo))
    twice = [*shuffled, *Random(6).sample(demo, 500)]
    assert content_digest(pictured(*twice, salt="elsewhere")) == content_digest(pictured(*demo))


def test_the_hero_of_the_demo_is_found_with_name_order_and_promise(demo: list[Cloud]) -> None:
    seen = pictured(*demo)
    head = seen.customer_with("phone", normalise("phone", HERO.phone, "NL"))
    assert head == person(seen, HERO.customer_number)
    assert display_name(seen.profile_of(head)) == HERO.name
    assert HERO.order_id in {one.external_id for one in seen.entities_of(head, "order")}
    assert HERO.agreement_id in {one.external_id for one in seen.entities_of(head, "agreement")}
    assert seen.entities_of(head, "conversation")
