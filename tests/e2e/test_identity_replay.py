"""Shuffled and delivered twice, the same events give the same customers, in both modes, as told once and in order.

A part of the real file by default; all of it when KLANTBEELD_TEST_WHOLE is set (half an hour).
"""

import gzip
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from klantbeeld.bootstrap import System
from klantbeeld.domain.picture import Picture
from services.demo import DEFAULT_SEED, story
from services.demo.telling import tell
from services.imports import format_named, run_import
from streams.embedded import embedded
from tests.domain.building import Cloud, pictured
from tests.e2e.looks import look_at, system_on, until_processed
from tests.e2e.modes import Mode, Settings
from tests.services.imports.sinks import MemorySink

SERVICENOW: Final = "servicenow/incident_events_even.csv.gz"
ROWS: Final = None if os.environ.get("KLANTBEELD_TEST_WHOLE") else 2_500
PATIENCE: Final = 3_000
NOW: Final = datetime(2026, 3, 4, 14, 30, tzinfo=timezone(timedelta(hours=1)))
Name = tuple[str, str]

pytestmark = pytest.mark.timeout(3 * PATIENCE if ROWS is None else 240)


@dataclass(frozen=True, slots=True)
class Customers:
    """Each customer as the identifiers it is known by; `nobody` are those that belong to none; the rest is a digest."""

    people: frozenset[frozenset[Name]]
    nobody: frozenset[Name]
    digest: str


@dataclass(frozen=True, slots=True)
class Told:
    events: list[Cloud]
    expected: Customers


@pytest.fixture(scope="module", params=["demo", "servicenow"])
def told(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_installation: Callable[[], Settings],
) -> Told:
    if request.param == "demo":
        events = story(DEFAULT_SEED, NOW)
    else:
        events = _imported(
            request.getfixturevalue("shared_data") / SERVICENOW, tmp_path_factory.mktemp("part") / "part.csv"
        )
    once = _customers_after(Mode(distributed=False, new=new_installation), events)
    seen = pictured(*events)
    assert once.people == _people_in(seen), "the pure domain says otherwise"
    return Told(events, once)


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_and_delivered_twice_the_customers_are_the_same(
    told: Told, mode_on_database: Mode, seed: int
) -> None:
    events = [*told.events, *told.events]
    Random(seed).shuffle(events)
    found = _customers_after(mode_on_database, events)
    assert len(found.people) > 100
    assert found.people == told.expected.people
    assert found == told.expected


def _customers_after(mode: Mode, events: list[Cloud]) -> Customers:
    with _working(mode, mode.new()) as system:
        tell(system.ingest, events)
        until_processed(system, PATIENCE)
        return _of_read_models(system)


@contextmanager
def _working(mode: Mode, settings: Settings) -> Iterator[System]:
    with ExitStack() as stack:
        stack.enter_context(mode.working(settings))
        system = stack.enter_context(system_on(**settings))
        if not mode.distributed:
            stack.enter_context(embedded(system))
        yield system


def _people_in(seen: Picture) -> frozenset[frozenset[Name]]:
    def named(token: str) -> Name:
        return seen.known[token].type, seen.known[token].value

    return frozenset(frozenset(map(named, members)) for members in seen.customers().values())


def _of_read_models(system: System) -> Customers:
    with system.database.connection() as connection:
        rows = connection.execute("SELECT head, type, value FROM identifier").fetchall()
    people: dict[Any, set[Name]] = defaultdict(set)
    for head, type_, value in rows:
        people[head].add((type_, value))
    nobody = people.pop(None, set())
    return Customers(
        people=frozenset(map(frozenset, people.values())),
        nobody=frozenset(nobody),
        digest=look_at(system).digest,
    )


def _imported(whole: Path, part: Path) -> list[Cloud]:
    """The events that an import makes of the first rows, or of all; a row is a line."""
    with gzip.open(whole, "rt", encoding="utf-8", newline="") as file:
        lines = [line for number, line in enumerate(file) if ROWS is None or number <= ROWS]
    part.write_text("".join(lines), encoding="utf-8", newline="")
    sink = MemorySink()
    run_import(format_named("servicenow"), [part], sink)
    return sink.events
