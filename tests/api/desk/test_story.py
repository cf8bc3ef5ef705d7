"""A story through HTTP: the read answers are the same however its events come in."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, event
from tests.api.desk.worked_example import agrees, everything_in, orders

HOW = list(orders([]))


@pytest.mark.parametrize("how", HOW)
def test_the_worked_example_holds_however_its_events_come_in(
    empty_desk: Desk, story: dict[str, Any], how: str
) -> None:
    receipts = [empty_desk.post_events(batch) for batch in orders(story["events"])[how]]
    if how == "as posted":
        ingest = dict(story["ingest"])
        assert [one["status"] for one in receipts[0]["results"]] == ingest.pop("statuses")
        assert {name: receipts[0][name] for name in ingest} == ingest
    agrees(empty_desk, story)


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
    for batch in orders(OURS)[how]:
        empty_desk.send(*batch)
    brief = empty_desk.brief(CALL)
    assert brief["display_name"] == "Bert Bakker"
    assert brief["agreements"]["open"] == []
    assert {(one["kind"], one["state"]) for one in brief["agreements"]["recent"]} == {
        ("callback", "kept"),
        ("delivery", "kept"),
    }
    assert [one["status"] for one in everything_in(brief["orders"])] == ["delivered"]
    assert [(one["outcome"], one["agent"]) for one in brief["contacts"]["recent"]] == [
        ("unresolved", {"id": "a-3", "name": "Chris"})
    ]
    assert brief["follow_ups"]["open"] == []
    assert brief["routing"]["last_agent"]["id"] == "a-3"
    assert [one["code"] for one in brief["warnings"]] == ["identifier_not_verified", "includes_stated"]
    assert [one["code"] for one in empty_desk.brief(BERT)["warnings"]] == ["includes_stated"]
