"""Orders: news comes late, out of order and parcel by parcel."""

from typing import Any

import pytest

from tests.domain.building import ANNEMIEK, Cloud, cloud, minute, state


def placed(at: float = 0, **more: Any) -> Cloud:
    return cloud("order.placed", at, ANNEMIEK, order_id="shop:1", **more)


def became(status: str, at: float, **more: Any) -> Cloud:
    return cloud("order.status_changed", at, ANNEMIEK, order_id="shop:1", status=status, **more)


def parcel(tracking: str, at: float, status: str | None = None, **more: Any) -> Cloud:
    data = more if status is None else {"status": status, **more}
    return cloud("order.shipment_updated", at, ANNEMIEK, order_id="shop:1", tracking=tracking, **data)


def order(*clouds: Cloud) -> Any:
    return state("order", "shop:1", *clouds)


def test_the_last_status_in_fold_order_holds_whenever_it_arrives() -> None:
    found = order(became("shipped", 20), became("packed", 10), placed())
    assert (found.status, found.status_at) == ("shipped", minute(20))


def test_an_order_that_was_only_placed_is_placed() -> None:
    assert order(placed()).status == "placed"


def test_news_that_happened_before_the_order_was_placed_does_not_hide_when_it_was_placed() -> None:
    found = order(became("paid", 0), placed(1))
    assert (found.status, found.placed_at, found.first_seen_at) == ("paid", minute(1), minute(0))


def test_at_one_moment_the_sequence_of_the_source_decides() -> None:
    found = order(placed(), became("shipped", 5, id="b", sequence=2), became("packed", 5, id="c", sequence=1))
    assert found.status == "shipped"


def test_the_newest_expected_arrival_holds_and_silence_keeps_it() -> None:
    found = order(placed(), parcel("T1", 10, eta="2026-11-04T12:00:00Z"), parcel("T1", 20, "shipped"))
    assert found.eta.isoformat() == "2026-11-04T12:00:00+00:00"


def test_an_order_is_delivered_when_its_only_parcel_is() -> None:
    found = order(placed(), parcel("T1", 10, "shipped"), parcel("T1", 20, "delivered"))
    assert (found.status, found.arrived_at) == ("delivered", minute(20))


def test_an_order_of_two_parcels_is_delivered_when_both_have_arrived() -> None:
    two = [placed(), parcel("T1", 10, "shipped"), parcel("T2", 11, "shipped")]
    assert order(*two, parcel("T1", 20, "delivered")).status == "shipped"
    both = order(*two, parcel("T1", 20, "delivered"), parcel("T2", 30, "delivered"))
    assert (both.status, both.arrived_at) == ("delivered", minute(30))


def test_a_parcel_ready_for_pickup_has_arrived() -> None:
    assert order(placed(), parcel("T1", 10, "ready_for_pickup")).arrived_at == minute(10)


def test_a_parcel_keeps_its_carrier_when_later_news_names_none() -> None:
    [one] = order(
        placed(), parcel("T1", 10, "shipped", carrier="Post"), parcel("T1", 20, "delivered")
    ).shipments
    assert (one.carrier, one.status, one.updated_at) == ("Post", "delivered", minute(20))


def test_a_failed_attempt_after_the_van_left_is_the_status() -> None:
    assert order(
        placed(), parcel("T1", 1, "out_for_delivery"), parcel("T1", 2, "delivery_failed")
    ).status == ("delivery_failed")


@pytest.mark.parametrize("status", ["delivered", "returned", "refunded", "cancelled"])
def test_an_order_that_is_done_has_its_last_status(status: str) -> None:
    assert order(placed(), became(status, 5)).status == status


def test_a_parcel_known_before_its_order_belongs_to_it_once_somebody_names_both() -> None:
    news = cloud("order.shipment_updated", 5, ANNEMIEK, tracking="T9", status="out_for_delivery")
    both = became("shipped", 9, tracking="T9")
    assert order(news, placed(), both).shipments[0].tracking == "T9"
    assert order(placed(), both, news).shipments == order(news, placed(), both).shipments
