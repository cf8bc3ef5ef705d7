"""The worked example of the contract, `story.json`: its events in several orders, and what must be answered. No test."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.api.desk.desk import Desk

ROOT = Path(__file__).resolve().parents[3]


def worked_example() -> dict[str, Any]:
    """It lies beside the contract; the test is skipped where it is absent."""
    folder = Path(os.environ.get("KLANTBEELD_TEST_DATA") or ROOT.parent / "shared" / "data")
    file = folder.parent / "design" / "story.json"
    if not file.is_file():
        pytest.skip(f"needs the worked example of the contract, story.json (looked for {file})")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def orders(events: list[Any]) -> dict[str, list[list[Any]]]:
    """Batches in which to post the events, by name. Events with one id and other content keep their order."""
    shuffled = random.Random(7).sample(events, len(events))
    return {
        "as posted": [events],
        "shuffled": [shuffled],
        "split": [[one] for one in events],
        "shuffled and split": [shuffled[n : n + 3] for n in range(0, len(events), 3)],
        "twice, in another order": [events, events[::-1]],
    }


def agrees(desk: Desk, story: dict[str, Any]) -> None:
    expected = story["expect"]
    brief = desk.brief(*story["lookup"]["identifiers"])
    customer = f"/v1/customers/{brief['customer_id']}"
    timeline = desk.get(f"{customer}/timeline").json()["items"]
    assert brief["display_name"] == expected["display_name"]
    assert len(timeline) == expected["timeline_entries"]
    assert [one["type"] for one in timeline] == expected["timeline_newest_first"]
    _hold(everything_in(brief["orders"]), expected["orders"])
    _hold(everything_in(brief["agreements"]), expected["agreements"])
    contacts = desk.get(f"{customer}/contacts").json()["items"]
    _hold(contacts, expected["contacts_newest_first"], ordered=True)
    (name,) = (name for name in expected if name.startswith("as_of_occurred "))
    then = desk.get(customer, as_of=name.split()[1], as_of_basis="occurred").json()
    _hold(everything_in(then["orders"]), expected[name]["orders"])
    _hold(everything_in(then["agreements"]), expected[name]["agreements"])
    assert everything_in(then["contacts"]) == expected[name]["contacts"]


def everything_in(lists: dict[str, list[Any]]) -> list[Any]:
    return [one for found in lists.values() for one in found]


def _hold(found: list[Any], expected: list[Any], ordered: bool = False) -> None:
    """Each expected one is there, once, with at least these members; and nothing else is."""
    assert len(found) == len(expected)
    for place, one in enumerate(expected):
        among = found[place : place + 1] if ordered else found
        assert [other for other in among if _has(other, one)], one


def _has(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return all(name in found and _has(found[name], part) for name, part in expected.items())
    return bool(found == expected)
