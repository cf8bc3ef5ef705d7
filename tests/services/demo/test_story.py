"""The demo's story: the same every time, within the contract, invented, and told on every channel."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from klantbeeld.domain.events.catalogue import CATALOGUE, PREFIX
from klantbeeld.domain.events.schema import event_schema
from klantbeeld.domain.events.words import Channel
from klantbeeld.domain.identifiers import valid_type
from services.demo import DEFAULT_SEED, HERO, story

NOW = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
NOTICES = {"service_level.warned", "service_level.breached", "acknowledgement.sent"}
NOT_TOLD = {"customer.erased", "rules.changed"} | NOTICES
OF_THE_WORKED_EXAMPLE = {
    "K-204",
    "web:1001",
    "chat:77",
    "call:901",
    "desk:ag-1",
    "anna.devries@example.nl",
    "1001-placed",
    "a-7",
    "a-9",
}
Event = dict[str, Any]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return story(DEFAULT_SEED, NOW)


@pytest.fixture(scope="module")
def text(events: list[Event]) -> str:
    return json.dumps(events, ensure_ascii=False)


def name_of(event: Event) -> str:
    return str(event["type"]).removeprefix(PREFIX)


def time_of(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def identifiers_of(events: list[Event]) -> Iterator[tuple[str, str]]:
    for event in events:
        data = event["data"]
        related = [one for other in data.get("related", []) for one in other["identifiers"]]
        for one in (*data.get("identifiers", []), *data.get("pair", []), *related):
            yield one["type"], one["value"]


def words(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif isinstance(value, str):
        yield value


def test_the_same_seed_and_moment_tell_the_same_story_to_the_byte(text: str) -> None:
    assert json.dumps(story(DEFAULT_SEED, NOW), ensure_ascii=False) == text


def test_another_seed_tells_another_story(events: list[Event]) -> None:
    assert story(DEFAULT_SEED + 1, NOW) != events


def test_about_five_thousand_events_are_told_within_a_second() -> None:
    started = perf_counter()
    told = [len(story(seed, NOW)) for seed in (DEFAULT_SEED, 7)]
    assert perf_counter() - started < 2
    assert all(4_500 <= number <= 5_500 for number in told)


def test_two_hundred_customers_are_described(events: list[Event]) -> None:
    numbers = {value for kind, value in identifiers_of(events) if kind == "customer_number"}
    described = {
        event["data"]["identifiers"][0]["value"] for event in events if name_of(event) == "customer.described"
    }
    assert len(numbers) == 200
    assert described == numbers


def test_every_channel_is_used(events: list[Event]) -> None:
    used = {event["data"].get("channel") for event in events if name_of(event) == "interaction.recorded"}
    assert used == set(get_args(Channel))


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 1, 2])
def test_every_type_is_told_but_those_of_the_system_itself(seed: int) -> None:
    assert {name_of(event) for event in story(seed, NOW)} == set(CATALOGUE) - NOT_TOLD


def test_every_event_fits_its_schema(events: list[Event]) -> None:
    validators = {name: Draft202012Validator(event_schema(name, 1)) for name in CATALOGUE}
    unfit = [
        (event["id"], e.message) for event in events for e in validators[name_of(event)].iter_errors(event)
    ]
    assert unfit == []


def test_every_event_is_about_somebody(events: list[Event]) -> None:
    special = {"identity.linked", "identity.unlinked", "identity.decision_withdrawn", "event.corrected"}
    assert all(event["data"]["identifiers"] for event in events if name_of(event) not in special)
    assert all(valid_type(kind) for kind, _ in identifiers_of(events))


def test_a_correction_names_an_event_of_the_story_and_repeats_its_data_in_full(events: list[Event]) -> None:
    told = {(event["source"], event["id"]): event for event in events}
    corrections = [event["data"] for event in events if name_of(event) == "event.corrected"]
    assert corrections
    for data in corrections:
        wrong = told[data["event"]["source"], data["event"]["id"]]["data"]
        assert wrong.keys() == data["data"].keys()
        assert wrong != data["data"]


def test_an_id_comes_twice_only_as_an_exact_copy(events: list[Event]) -> None:
    seen: dict[tuple[str, str], Event] = {}
    copies = 0
    for event in events:
        key = event["source"], event["id"]
        copies += key in seen
        assert seen.setdefault(key, event) == event
    assert copies >= 20


def test_events_do_not_arrive_in_the_order_in_which_they_happened(events: list[Event]) -> None:
    times = [time_of(event) for event in events]
    late = sum(earlier > later for earlier, later in pairwise(times))
    assert 100 < late < len(events) / 4


def test_nothing_has_happened_after_now_and_most_within_a_year(events: list[Event]) -> None:
    times = [time_of(event) for event in events]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"]) for event in events)
    assert max(times) <= NOW
    assert sum(time > NOW - timedelta(days=366) for time in times) > 0.9 * len(times)
    assert sum(time > NOW - timedelta(hours=20) for time in times) > 100


@pytest.mark.parametrize("hour", [0, 5, 12, 23])
def test_the_story_can_be_told_at_any_hour(hour: int) -> None:
    now = NOW.replace(hour=hour)
    told = story(DEFAULT_SEED, now)
    assert max(time_of(event) for event in told) <= now
    assert 4_500 <= len(told) <= 5_500


def test_exactly_what_is_older_than_a_day_is_history(events: list[Event]) -> None:
    a_day_ago = NOW - timedelta(days=1)
    assert all(event.get("history", False) == (time_of(event) < a_day_ago) for event in events)


def test_addresses_are_examples_and_numbers_lie_in_the_free_block(events: list[Event], text: str) -> None:
    hosts = re.findall(r"@([\w.-]+\w)", text)
    assert all(host == "example.nl" or host.endswith(".example.nl") for host in hosts)
    numbers = [value for kind, value in identifiers_of(events) if kind in ("phone", "whatsapp")]
    known = [re.sub(r"\D", "", number).removeprefix("31").removeprefix("0") for number in numbers]
    assert {number for number in known if number} <= {f"6123456{end}" for end in range(20, 100)}
    assert set(re.findall(r"(?<!\d)(?:\+?31|0)6[ -]?\d{8}(?!\d)", text)) <= set(numbers)


def test_nothing_is_shared_with_the_worked_example(events: list[Event]) -> None:
    said = {word.lower() for event in events for word in words(event)}
    assert not said & {word.lower() for word in OF_THE_WORKED_EXAMPLE}


def test_postal_codes_are_of_a_kind_that_is_never_given_out(text: str) -> None:
    assert {code[-2:] for code in re.findall(r"\b\d{4} [A-Z]{2}\b", text)} <= {"SA", "SD", "SS"}


def test_one_telephone_is_shared_by_two_customers(events: list[Event]) -> None:
    owners: dict[str, set[str]] = {}
    for event in events:
        if name_of(event) == "customer.described":
            known = {one["type"]: one["value"] for one in event["data"]["identifiers"]}
            owners.setdefault(known.get("phone", ""), set()).add(known["customer_number"])
    assert [len(numbers) for phone, numbers in owners.items() if phone and len(numbers) > 1] == [2]


def test_a_nameless_visitor_gives_an_address_later(events: list[Event]) -> None:
    together = [
        {one["type"] for one in event["data"].get("identifiers", [])}
        for event in events
        if event["source"] in ("/chat/site", "/web/site")
    ]
    assert {"anonymous"} in together
    assert {"anonymous", "email"} in together


def test_callers_without_a_number_are_told_apart_by_call(events: list[Event]) -> None:
    withheld = [
        event["data"]["identifiers"][1]["value"]
        for event in events
        if event["data"].get("identifiers", [{}])[0].get("value") == "anonymous"
    ]
    assert len(set(withheld)) >= 10


def test_agreements_come_out_in_every_way(events: list[Event]) -> None:
    made = {e["data"]["agreement_id"]: e["data"] for e in events if name_of(e) == "agreement.made"}
    ended = {
        e["data"]["agreement_id"] for e in events if name_of(e) in ("agreement.kept", "agreement.withdrawn")
    }
    pending = [data for key, data in made.items() if key not in ended]
    today = NOW.date().isoformat()
    assert [data for data in pending if "due_at" not in data]
    assert [data for data in pending if data.get("due_at", "") > f"{today}~"]
    assert [data for data in pending if "" < data.get("due_at", "") < today]


def test_every_step_of_a_follow_up_comes_after_its_opening(events: list[Event]) -> None:
    opened: dict[str, datetime] = {}
    for event in events:
        if name_of(event) == "follow_up.opened":
            opened[event["data"]["follow_up_id"]] = time_of(event)
    steps = [event for event in events if name_of(event).startswith("follow_up.")]
    assert all(time_of(event) >= opened[event["data"]["follow_up_id"]] for event in steps)
    assert len(opened) > 80


def test_feedback_stays_on_its_scale(events: list[Event]) -> None:
    given = [event["data"] for event in events if name_of(event) == "feedback.given"]
    assert {data["metric"] for data in given} == {"csat", "nps", "ces"}
    assert all(1 <= data["score"] <= data["scale_max"] for data in given)


def test_one_customer_can_be_followed_through_chat_call_agreement_and_breach(events: list[Event]) -> None:
    hers = [
        event
        for event in events
        if any(value in (HERO.email, HERO.phone, HERO.customer_number, HERO.order_number)
               for value in words(event["data"].get("identifiers", [])))
    ]  # fmt: skip
    told = Counter(name_of(event) for event in hers)
    assert {event["data"].get("channel") for event in hers} >= {"chat", "phone", "ivr", "email"}
    assert told["conversation.handed_over"] == 1
    (promise,) = [event["data"] for event in hers if name_of(event) == "agreement.made"]
    assert promise["agreement_id"] == HERO.agreement_id
    assert promise["order_id"] == HERO.order_id
    assert datetime.fromisoformat(promise["due_at"]) < NOW
    assert "agreement.kept" not in told
    (order,) = [event["data"] for event in hers if name_of(event) == "order.placed"]
    assert datetime.fromisoformat(order["promised_delivery"]["latest"]) < NOW
    assert "delivered" not in {event["data"].get("status") for event in hers}


def test_every_parcel_is_tied_to_an_order_by_some_event(events: list[Event]) -> None:
    kinds = [
        {one["type"]: one["value"] for one in event["data"].get("identifiers", [])}
        for event in events
        if name_of(event).startswith("order.")
    ]
    tied = {known["tracking"] for known in kinds if "order_number" in known and "tracking" in known}
    assert tied == {known["tracking"] for known in kinds if "tracking" in known}
