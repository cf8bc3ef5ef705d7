"""Events of an order, from placing to delivery. Late and out-of-order news is normal."""

from dataclasses import dataclass
from typing import Annotated

from klantbeeld.domain.events.markers import Amount, Checked, Currency, Due, Id, Instant, Items, Line, Word
from klantbeeld.domain.events.people import AboutCustomer
from klantbeeld.domain.events.words import Channel, OrderStatus
from klantbeeld.domain.problems import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine(Checked):
    """One line; `amount` is for the whole line, in the currency of the order's total."""

    sku: Word | None = None
    name: Line | None = None
    quantity: int | float = 1
    amount: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Checked):
    amount: Amount
    currency: Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWindow(Checked):
    """When delivery was promised; `latest` is what the promise is held to."""

    earliest: Due | None = None
    latest: Due | None = None


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(AboutCustomer):
    order_id: Id
    channel: Channel | None = None
    lines: Annotated[tuple[OrderLine, ...], Items(most=1000)] = ()
    total: Money | None = None
    promised_delivery: DeliveryWindow | None = None
    tracking: Id | None = None


@dataclass(frozen=True, kw_only=True)
class OrderStatusChanged(AboutCustomer):
    """`order.status_changed`: names the order by `order_id` or by the `tracking` code of one of its parcels."""

    status: OrderStatus
    order_id: Id | None = None
    tracking: Id | None = None
    eta: Instant | None = None
    reason: Line | None = None

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        needs_order(self.order_id, self.tracking)


@dataclass(frozen=True, kw_only=True)
class ShipmentUpdated(AboutCustomer):
    """`order.shipment_updated`: news of one parcel, often from the carrier, who may know only the tracking code."""

    order_id: Id | None = None
    tracking: Id | None = None
    status: OrderStatus | None = None
    eta: Instant | None = None
    carrier: Word | None = None
    reason: Line | None = None

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        needs_order(self.order_id, self.tracking)


def needs_order(order_id: str | None, tracking: str | None) -> None:
    if order_id is None and tracking is None:
        raise Invalid("missing_field", "order_id or tracking")
