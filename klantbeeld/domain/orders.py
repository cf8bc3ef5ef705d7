"""Orders: status, promise, parcels. News comes late and out of order; the last in fold order wins."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.orders import Money, OrderLine, OrderPlaced, OrderStatusChanged, ShipmentUpdated
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.times import EARLIEST, NEVER, due_instant
from klantbeeld.domain.values import value

DONE = frozenset({"delivered", "returned", "refunded", "cancelled"})
ARRIVED = frozenset({"delivered", "ready_for_pickup"})
"""A parcel that lies ready where the customer asked for it has arrived."""


@value
class Shipment:
    """One parcel of an order."""

    tracking: str
    carrier: str | None = None
    status: str | None = None
    eta: datetime | None = None
    updated_at: datetime = EARLIEST


@value
class OrderState:
    external_id: str
    status: str = "placed"
    status_at: datetime | None = None
    placed_at: datetime | None = None
    first_seen_at: datetime | None = None
    channel: str | None = None
    lines: tuple[OrderLine, ...] = ()
    total: Money | None = None
    promised_earliest: datetime | None = None
    promised_latest: datetime | None = None
    eta: datetime | None = None
    arrived_at: datetime | None = None
    cancelled_at: datetime | None = None
    shipments: tuple[Shipment, ...] = ()


class OrderFold:
    kind = "order"
    state = OrderState
    any_order = False

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        return (routes.order,) if routes.order and event.type.startswith("order.") else ()

    def begin(self, external_id: str) -> OrderState:
        return OrderState(external_id=external_id)

    def apply(self, state: OrderState, event: Event) -> OrderState:
        data, at = event.data, event.occurred_at
        changes: dict[str, Any] = {} if state.first_seen_at else {"first_seen_at": at}
        if isinstance(data, OrderPlaced):
            changes |= _placed(state, data, event)
        elif isinstance(data, ShipmentUpdated):
            changes |= _shipment(state, data, at)
        elif isinstance(data, OrderStatusChanged):
            changes |= {"eta": data.eta or state.eta} | _status(state, data.status, at)
        return evolve(state, **changes)

    def founds(self, event: Event) -> bool:
        return event.type == "order.placed"

    def shelve(self, state: OrderState) -> Shelf:
        return Shelf(
            visible=True,
            sort_at=state.placed_at or state.first_seen_at or EARLIEST,
            closes_at=EARLIEST if state.status in DONE else NEVER,
            due_at=state.promised_latest,
        )


def _placed(state: OrderState, data: OrderPlaced, event: Event) -> dict[str, Any]:
    promised = data.promised_delivery
    return {
        "placed_at": event.occurred_at,
        "channel": data.channel,
        "lines": data.lines,
        "total": data.total,
        "promised_earliest": _instant(promised.earliest if promised else None, event.zone),
        "promised_latest": _instant(promised.latest if promised else None, event.zone),
        "status_at": state.status_at or event.occurred_at,
    }


def _shipment(state: OrderState, data: ShipmentUpdated, at: datetime) -> dict[str, Any]:
    parcels = _with_parcel(state.shipments, data, at) if data.tracking else state.shipments
    changes = {"eta": data.eta or state.eta, "shipments": parcels}
    if data.status is None or (data.status in ARRIVED and not _all_arrived(parcels)):
        return changes
    return changes | _status(state, data.status, at)


def _status(state: OrderState, status: str, at: datetime) -> dict[str, Any]:
    arrived = at if status in ARRIVED and state.arrived_at is None else state.arrived_at
    cancelled = at if status == "cancelled" and state.cancelled_at is None else state.cancelled_at
    return {"status": status, "status_at": at, "arrived_at": arrived, "cancelled_at": cancelled}


def _with_parcel(
    shipments: tuple[Shipment, ...], data: ShipmentUpdated, at: datetime
) -> tuple[Shipment, ...]:
    assert data.tracking
    known = {one.tracking: one for one in shipments}
    old = known.get(data.tracking, Shipment(tracking=data.tracking))
    known[data.tracking] = evolve(
        old,
        carrier=data.carrier or old.carrier,
        status=data.status or old.status,
        eta=data.eta or old.eta,
        updated_at=at,
    )
    return tuple(known[tracking] for tracking in sorted(known))


def _all_arrived(shipments: tuple[Shipment, ...]) -> bool:
    return all(one.status in ARRIVED for one in shipments)


def _instant(text: str | None, zone: str) -> datetime | None:
    return None if text is None else due_instant(text, zone)
