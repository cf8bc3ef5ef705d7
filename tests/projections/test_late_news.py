"""Corrections, attributions and links: what they do to stored entries is the same whenever they come."""

import itertools
from typing import Any

import pytest

from tests.domain.building import Cloud, cloud, correction, judged, taken_back
from tests.projections.installation import Installation

K1 = {"type": "customer_number", "value": "K-1", "strength": "verified"}
MAIL = {"type": "email", "value": "person1@example.nl"}
TO_K1 = {"type": "customer_number", "value": "K-1"}


def call(at: int, who: dict[str, str] = K1, **data: Any) -> Cloud:
    return cloud("interaction.recorded", at, who, channel="phone", direction="inbound", **data)


def parcel(at: int, code: str, **data: Any) -> Cloud:
    return cloud("order.shipment_updated", at, K1, tracking=code, **data)


def correcting_data_alone(at: int, target: Cloud, **data: Any) -> Cloud:
    """Such a correction leaves as it was whom the event is about."""
    named = {"source": target["source"], "id": target["id"]}
    return cloud("event.corrected", at, id=f"data alone {at}", event=named, data=data)


DIVERTED = parcel(1, "T1", order_id="shop:1", status="paid")
SEEN = parcel(1, "T1", carrier="Post", status="shipped")
RATED = cloud("feedback.given", 1, K1, metric="csat", score=1, scale_max=5)
VISITED = cloud("visit.recorded", 1, MAIL, page="/retour")
VISITED_BY_BOTH = cloud("visit.recorded", 1, [K1, MAIL], page="/retour")
LINKED = judged("linked", 3, TO_K1, MAIL)
CALLED = call(1, MAIL, interaction_id="call:1")

HISTORIES = {
    "an interaction told twice, the conversation named the second time": [
        call(1, interaction_id="call:1"),
        call(2, interaction_id="call:1", conversation_id="thread:1"),
        cloud("interaction.amended", 3, K1, interaction_id="call:1", text="beter gezegd"),
    ],
    "a wrap-up of an interaction that has no id of its own": [
        {**call(1, conversation_id="thread:1"), "id": "1"},
        cloud("interaction.classified", 2, K1, interaction_id="/test 1", topic="price"),
    ],
    "a correction that takes a parcel to another order": [
        DIVERTED,
        parcel(2, "T1", status="shipped"),
        parcel(3, "T2", status="shipped"),
        correction(4, DIVERTED, tracking="T2"),
    ],
    "a correction that makes news of one parcel news of another, whose order is known": [
        SEEN,
        parcel(2, "T2", order_id="shop:2", status="shipped"),
        correction(3, SEEN, tracking="T2"),
    ],
    "a correction after which comes one that is refused": [
        RATED,
        correction(2, RATED, id="good", score=4),
        correction(3, RATED, id="bad", score="many"),
    ],
    "an identifier that a correction takes away and a later one brings back": [
        VISITED,
        correction(2, VISITED, id="away", identifiers=[K1]),
        correcting_data_alone(3, VISITED, page="/vraag"),
    ],
    "a correction of what was attributed to somebody else": [
        CALLED,
        cloud("interaction.attributed", 2, MAIL, interaction_id="call:1", to=TO_K1),
        correcting_data_alone(3, CALLED, channel="chat", direction="inbound", interaction_id="call:2"),
    ],
    "a correction of somebody to whom something was attributed": [
        CALLED,
        cloud("interaction.attributed", 2, MAIL, interaction_id="call:1", to=TO_K1),
        described := cloud("customer.described", 3, K1, name={"given": "Eva"}),
        correction(4, described, identifiers=[MAIL]),
    ],
    "a correction of who was named beside whom, and a link of the two that is taken back": [
        VISITED_BY_BOTH,
        correction(2, VISITED_BY_BOTH, identifiers=[MAIL]),
        LINKED,
        taken_back(LINKED, 1),
    ],
    "a promise of its own about an order that is folded anew": [
        cloud("order.placed", 1, K1, order_id="shop:1", promised_delivery={"latest": "2026-11-03"}),
        cloud("agreement.made", 2, K1, agreement_id="desk:1", order_id="shop:1", kind="callback"),
        cloud("order.status_changed", 3, K1, order_id="shop:1", status="shipped"),
    ],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_the_read_models_agree_with_the_picture_in_any_order_of_arrival(
    reused: Installation, history: list[Cloud]
) -> None:
    for arrival in itertools.permutations(history):
        acceptable = sorted(arrival, key=_needs_its_target)
        for size in (1, 2, len(history)):
            reused.empty()
            reused.post(acceptable)
            reused.settle(sizes=lambda size=size: size)  # type: ignore[misc]
            assert reused.digest() == reused.expected_digest()


def _needs_its_target(event: Cloud) -> bool:
    """A correction without identifiers is accepted once its target is there."""
    return bool(event["id"].startswith("data alone"))
