"""The same events give the same answers, in whichever mode they are processed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Any, Final

import pytest

from api.tokens import issue
from services.demo import DEFAULT_SEED, HERO, story
from services.demo.book import Event
from services.demo.telling import tell
from streams.embedded import embedded
from tests.api.desk.desk import Desk
from tests.api.desk.worked_example import agrees, orders, worked_example
from tests.e2e.answers import Answers, desk_on, differences, give_index_key
from tests.e2e.looks import look_at, until_processed
from tests.e2e.modes import Mode, Settings

NOW: Final = datetime(2026, 3, 4, 14, 30, tzinfo=timezone(timedelta(hours=1)))
EVERY: Final = 62
QUERIES: Final = ("Hoekstra", "hoekstraa", "pakket", "retour garantie", "jansen", "web:40001", "adres wijz")
Pair = tuple[Desk, Desk]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return story(DEFAULT_SEED, NOW)


@pytest.fixture(scope="module")
def pair(events: list[Event], distributed: Mode, new_installation: Callable[[], Settings]) -> Iterator[Pair]:
    """The story told to an installation in each mode, and processed there; their clocks stand still."""
    with ExitStack() as stack:
        settings, others = new_installation(), distributed.new()
        give_index_key(settings)
        give_index_key(others)
        stack.enter_context(distributed.working(others))
        there = stack.enter_context(desk_on(others, NOW))
        tell(there.system.ingest, events)
        here = stack.enter_context(desk_on(settings, NOW))
        with embedded(here.system):
            tell(here.system.ingest, events)
            until_processed(here.system)
        until_processed(there.system)
        yield here, there


@pytest.fixture(scope="module")
def answers(pair: Pair) -> tuple[Answers, Answers]:
    here, there = (Answers(desk, _authorized(desk)) for desk in pair)
    return here, there


def test_their_contents_are_the_same(pair: Pair) -> None:
    here, there = (look_at(desk.system) for desk in pair)
    assert here == there
    assert here.entries == here.types.total() > 1000


def test_agents_are_told_the_same_about_customers(
    answers: tuple[Answers, Answers], events: list[Event]
) -> None:
    here, there = answers
    asked = people(events)
    assert len(asked) > 15
    told = {str(one): list(differences(here.about(one), there.about(one))) for one in asked}
    assert {one: found for one, found in told.items() if found} == {}


def test_the_queue_is_the_same(answers: tuple[Answers, Answers]) -> None:
    here, there = (one.queue() for one in answers)
    assert list(differences(here, there)) == []
    assert here["items"]


@pytest.mark.parametrize("query", QUERIES)
def test_a_search_finds_the_same(answers: tuple[Answers, Answers], query: str) -> None:
    here, there = answers
    assert here.hits(query) == there.hits(query)


@pytest.mark.parametrize("how", list(orders([])))
def test_the_worked_example_holds_with_workers_too(distributed: Mode, how: str) -> None:
    example = worked_example()
    settings = distributed.new()
    with desk_on(settings) as desk:
        receipts = [desk.post_events(batch) for batch in orders(example["events"])[how]]
        if how == "as posted":
            assert [one["status"] for one in receipts[0]["results"]] == example["ingest"]["statuses"]
        with distributed.working(settings):
            until_processed(desk.system)
            agrees(desk, example)


def people(events: Sequence[Event]) -> list[list[dict[str, str]]]:
    """The customer to follow, and some others by each way in which the story names them."""
    named: dict[tuple[str, str], None] = {}
    for one in chain.from_iterable(_identifiers(event["data"]) for event in events):
        named.setdefault((one["type"], one["value"]))
    chosen = [("email", HERO.email), ("phone", HERO.phone), *list(named)[::EVERY]]
    return [[{"type": type_, "value": value}] for type_, value in chosen]


def _identifiers(data: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = data.get("identifiers", [])
    return found


def _authorized(desk: Desk) -> dict[str, str]:
    token = issue(desk.system.token_key, role="lead", name="Noor", id="a-1", now=NOW, days=1)
    return {"Authorization": f"Bearer {token}"}
