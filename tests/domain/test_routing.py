"""Routes: what an event belongs to, also where only another event says so, whichever was known first."""

from itertools import permutations
from typing import Any

from klantbeeld.domain.folding import Routes
from klantbeeld.domain.routing import links_from, routes
from tests.domain.building import ANNEMIEK, Cloud, cloud, told

PARCEL = cloud("order.shipment_updated", 5, ANNEMIEK, tracking="T1", status="out_for_delivery")
BOTH = cloud("order.status_changed", 9, ANNEMIEK, order_id="shop:1", tracking="T1", status="shipped")
OTHER = cloud("order.status_changed", 10, ANNEMIEK, order_id="shop:2", tracking="T1", status="shipped")
WRAP_UP = cloud("interaction.classified", 5, ANNEMIEK, interaction_id="call:1", topic="returns")
CALL: dict[str, Any] = {"channel": "chat", "direction": "inbound", "interaction_id": "call:1"}
THREAD = cloud("interaction.recorded", 9, ANNEMIEK, conversation_id="thread:1", **CALL)
OTHER_THREAD = cloud("interaction.recorded", 10, ANNEMIEK, conversation_id="thread:2", **CALL)


def routes_of(event: Cloud, *others: Cloud) -> set[Routes]:
    """The routes of the first event, for every order in which they may arrive."""
    found = set()
    for order in permutations((event, *others)):
        events = told(order)
        [own] = [one for one in events if one.order.id == event["id"]]
        found.add(routes(own, links_from(events)))
    return found


def test_a_parcel_belongs_to_an_order_of_its_own_until_somebody_names_both() -> None:
    assert routes_of(PARCEL) == {Routes(order="tracking:T1")}
    assert routes_of(PARCEL, BOTH) == {Routes(order="shop:1")}


def test_of_two_orders_named_for_one_parcel_the_first_in_fold_order_holds() -> None:
    assert routes_of(PARCEL, OTHER, BOTH) == {Routes(order="shop:1")}


def test_an_interaction_is_a_conversation_of_its_own_until_it_names_one() -> None:
    assert routes_of(WRAP_UP) == {Routes(interaction="call:1", conversation="interaction:call:1")}
    assert routes_of(WRAP_UP, THREAD) == {Routes(interaction="call:1", conversation="thread:1")}


def test_of_two_conversations_named_for_one_interaction_the_first_in_fold_order_holds() -> None:
    assert routes_of(WRAP_UP, OTHER_THREAD, THREAD) == {Routes(interaction="call:1", conversation="thread:1")}


def test_an_agreement_belongs_to_the_conversation_of_the_call_it_was_made_in() -> None:
    made: dict[str, Any] = {
        "agreement_id": "desk:1",
        "kind": "callback",
        "interaction_id": "call:1",
        "order_id": "shop:1",
    }
    promise = cloud("agreement.made", 12, ANNEMIEK, **made)
    assert routes_of(promise, THREAD) == {
        Routes(interaction="call:1", conversation="thread:1", order="shop:1", agreement="desk:1")
    }


def test_an_interaction_without_an_id_is_named_by_source_and_event() -> None:
    letter = cloud("interaction.recorded", 1, ANNEMIEK, id="7", channel="letter", direction="inbound")
    assert {one.interaction for one in routes_of(letter)} == {"/test 7"}
