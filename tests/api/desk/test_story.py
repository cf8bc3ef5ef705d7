"""A story through HTTP: the read answers are the same however its events come in."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.api.desk.desk import Desk, event

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def story() -> dict[str, Any]:
    """The worked example of the contract."""
    folder = Path(os.environ.get("KLANTBEELD_TEST_DATA") or ROOT.parent / "shared" / "data")
    file = folder.parent / "design" / "story.json"
    if not file.is_file():
        pytest.skip(f"needs the worked example of the contract, story.json (looked for {file})")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _orders(events: list[Any]) -> dict[str, list[list[Any]]]:
    """Batches in which to post the events, by name. Events with one id and other content keep their order."""
    shuffled = random.Random(7).sample(events, len(events))
    return {
        "as posted": [events],
        "shuffled": [shuffled],
        "split": [[one] for one in events],
        "shuffled and split": [shuffled[n : n + 3] for n in range(0, len(events), 3)],
        "twice, in another order": [events, events[::-1]],
    }


HOW = list(_orders([]))


@pytest.mark.parametrize("how", HOW)
def test_the_worked_example_holds_however_its_events_come_in(
    empty_desk: Desk, story: dict[str, Any], how: str
) -> None:
    receipts = [empty_desk.post_events(batch) for batch in _orders(story["events"])[how]]
    if how == "as posted":
        ingest = dict(story["ingest"])
        assert [one["status"] for one in receipts[0]["results"]] == ingest.pop("statuses")
        assert {name: receipts[0][name] for name in ingest} == ingest
    _agrees(empty_desk, story)


def _agrees(desk: Desk, story: dict[str, Any]) -> None:
    expected = story["expect"]
    brief = desk.brief(*story["lookup"]["identifiers"])
    customer = f"/v1/customers/{brief['customer_id']}"
    timeline = desk.get(f"{customer}/timeline").json()["items"]
    assert brief["display_name"] == expected["display_name"]
    assert len(timeline) == expected["timeline_entries"]
    assert [one["type"] for one in timeline] == expected["timeline_newest_first"]
    _hold(_all(brief["orders"]), expected["orders"])
    _hold(_all(brief["agreements"]), expected["agreements"])
    contacts = desk.get(f"{customer}/contacts").json()["items"]
    _hold(contacts, expected["contacts_newest_first"], ordered=True)
    (name,) = (name for name in expected if name.startswith("as_of_occurred "))
    then = desk.get(customer, as_of=name.split()[1], as_of_basis="occurred").json()
    _hold(_all(then["orders"]), expected[name]["orders"])
    _hold(_all(then["agreements"]), expected[name]["agreements"])
    assert _all(then["contacts"]) == expected[name]["contacts"]


def _all(lists: dict[str, list[Any]]) -> list[Any]:
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


BERT = {"type": "customer_number", "value": "B-1", "strength": "verified"}
MAIL = {"type": "email", "value": "bert.bakker@example.nl", "strength": "verified"}
CALL = {"type": "phone", "value": "+31612345655"}
CALLING = {"interaction_id": "pbx:9", "channel": "phone", "direction": "inbound"}
PROMISE = {"agreement_id": "desk:5", "kind": "callback"}
DUTY = {"follow_up_id": "desk:f5", "agreement_id": "desk:5"}
SHOP = {"order_id": "shop:77"}
OURS = [
    event("customer.described", [BERT, MAIL], "2026-01-05T08:00:00Z", name={"given": "Bert", "family": "Bakker"}),
    event("order.placed", [MAIL], "2026-01-05T09:00:00Z", **SHOP, promised_delivery={"latest": "2026-01-08"}),
    event("interaction.started", [CALL], "2026-01-06T10:00:00Z", **CALLING),
    event("customer.described", [BERT, CALL], "2026-01-06T10:01:00Z", language="nl"),
    event("agreement.made", [BERT], "2026-01-06T10:02:00Z", **PROMISE, due_at="2026-01-07T12:00:00+01:00"),
    event("interaction.recorded", [CALL], "2026-01-06T10:05:00Z", **CALLING, outcome="unresolved",
          agent={"id": "a-3", "name": "Chris"}),
    event("follow_up.opened", [BERT], "2026-01-06T10:06:00Z", **DUTY, kind="callback"),
    event("follow_up.completed", [BERT], "2026-01-07T09:00:00Z", **DUTY, outcome="kept"),
    event("order.status_changed", [MAIL], "2026-01-08T15:00:00Z", **SHOP, status="delivered"),
]  # fmt: skip


@pytest.mark.parametrize("how", ["shuffled and split", "twice, in another order"])
def test_a_promise_kept_by_its_follow_up_reads_the_same_however_its_events_come_in(
    empty_desk: Desk, how: str
) -> None:
    for batch in _orders(OURS)[how]:
        empty_desk.send(*batch)
    brief = empty_desk.brief(CALL)
    assert brief["display_name"] == "Bert Bakker"
    assert brief["agreements"]["open"] == []
    assert {(one["kind"], one["state"]) for one in brief["agreements"]["recent"]} == {
        ("callback", "kept"),
        ("delivery", "kept"),
    }
    assert [one["status"] for one in _all(brief["orders"])] == ["delivered"]
    assert [(one["outcome"], one["agent"]) for one in brief["contacts"]["recent"]] == [
        ("unresolved", {"id": "a-3", "name": "Chris"})
    ]
    assert brief["follow_ups"]["open"] == []
    assert brief["routing"]["last_agent"]["id"] == "a-3"
    assert [one["code"] for one in brief["warnings"]] == []
