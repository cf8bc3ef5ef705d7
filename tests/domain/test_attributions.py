"""Attributions: an interaction that was somebody else's after all, and identifiers that are nobody's alone."""

from tests.domain.building import ANNEMIEK, BORIS, HOUSE_PHONE, Cloud, cloud, entity, pictured

SHARED = [
    cloud("visit.recorded", 0, [who, HOUSE_PHONE], id=f"visit {who['value']}") for who in (ANNEMIEK, BORIS)
]
CALL = cloud(
    "interaction.recorded", 10, HOUSE_PHONE, channel="phone", direction="inbound", interaction_id="call:1"
)
WRAP_UP = cloud("interaction.classified", 15, HOUSE_PHONE, interaction_id="call:1", topic="returns")
PROMISE = cloud(
    "agreement.made", 12, HOUSE_PHONE, agreement_id="desk:1", kind="callback", interaction_id="call:1"
)


def to(at: float, value: str) -> Cloud:
    pointed = {"type": "customer_number", "value": value}
    return cloud("interaction.attributed", at, HOUSE_PHONE, interaction_id="call:1", to=pointed)


def timeline(value: str, *clouds: Cloud) -> list[str]:
    seen = pictured(*clouds)
    head = seen.customer_with("customer_number", value)
    return [entry.event.type for entry in seen.entries_of(head)] if head else []


def test_a_contact_on_a_shared_number_belongs_to_nobody() -> None:
    seen = pictured(*SHARED, CALL)
    assert seen.head_of(entity(seen, "conversation", "interaction:call:1").owner) is None


def test_an_attributed_call_belongs_with_all_that_was_told_of_it_to_whom_it_was_attributed() -> None:
    assert timeline("K-502", *SHARED, CALL, WRAP_UP, PROMISE, to(20, "K-502")) == [
        "interaction.classified",
        "agreement.made",
        "interaction.recorded",
        "visit.recorded",
    ]


def test_contacts_and_promises_of_an_attributed_call_move_along() -> None:
    seen = pictured(*SHARED, CALL, PROMISE, to(20, "K-502"))
    head = seen.customer_with("customer_number", "K-502")
    assert head
    assert len(seen.entities_of(head, "conversation")) == len(seen.entities_of(head, "agreement")) == 1


def test_the_last_attribution_in_fold_order_holds() -> None:
    both = [to(30, "K-501"), to(20, "K-502")]
    assert timeline("K-501", *SHARED, *both, CALL) == ["interaction.recorded", "visit.recorded"]
    assert timeline("K-502", *SHARED, *both, CALL) == ["visit.recorded"]


def test_an_attribution_that_came_before_the_call_applies_once_that_comes() -> None:
    assert "interaction.recorded" in timeline("K-502", to(20, "K-502"), CALL, *SHARED)


def test_an_attribution_is_no_evidence_about_identity() -> None:
    own = {"type": "phone", "value": "+31612345641"}
    call = {**CALL, "data": {**CALL["data"], "identifiers": [own]}}
    moved = {**to(20, "K-502"), "id": "moved"}
    moved["data"] = {**moved["data"], "identifiers": [own, ANNEMIEK]}
    seen = pictured(call, moved)
    phone = seen.customer_with("phone", "+31612345641")
    assert phone
    assert len(seen.tokens_of(phone)) == 1


def test_a_call_can_be_attributed_to_somebody_nobody_knew() -> None:
    assert timeline("K-777", *SHARED, CALL, to(20, "K-777")) == ["interaction.recorded"]
