"""Agreements: promises with a due time, and standing ones. The verdict is derived, never stored.

The promised delivery of an order is an agreement too, of kind `delivery`, folded from the order's own events.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from klantbeeld.domain.events.agreements import (
    AgreementKept,
    AgreementMade,
    AgreementRescheduled,
    AgreementWithdrawn,
    FollowUpCompleted,
    MadeBy,
)
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.orders import OrderPlaced
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.orders import OrderFold, OrderState
from klantbeeld.domain.times import EARLIEST, NEVER, due_instant
from klantbeeld.domain.values import value

DELIVERY = "delivery:"
"""Prefix of the external id of an order's promised delivery."""

Verdict = Literal["open", "standing", "kept", "broken", "withdrawn"]
_MOMENT = timedelta(microseconds=1)
_orders = OrderFold()
_SYSTEM = MadeBy(kind="system")


@value
class AgreementState:
    """`kept_at` is the earliest evidence. `original_due_at` is the first due time, kept through every
    rescheduling.
    """

    external_id: str
    made_at: datetime | None = None
    kind: str | None = None
    text: str | None = None
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    valid_until: datetime | None = None
    made_by: MadeBy | None = None
    channel: str | None = None
    interaction: str | None = None
    conversation: str | None = None
    order: str | None = None
    rescheduled: int = 0
    rescheduled_to: datetime | None = None
    kept_at: datetime | None = None
    withdrawn_at: datetime | None = None
    delivery: OrderState | None = None


def verdict(state: AgreementState, asked: datetime) -> Verdict:
    """What holds at the moment asked. Evidence that happened in time keeps an agreement, however late it
    came in.
    """
    due = state.due_at
    if state.kept_at is not None and (due is None or state.kept_at <= due):
        return "kept"
    if state.withdrawn_at is not None and (due is None or state.withdrawn_at <= due):
        return "withdrawn"
    if due is None:
        ended = state.valid_until is not None and asked > state.valid_until
        return "withdrawn" if ended else "standing"
    return "broken" if asked > due or state.kept_at is not None else "open"


class AgreementFold:
    kind = "agreement"
    state = AgreementState
    any_order = False

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        found = []
        if routes.agreement and event.type.startswith(("agreement.", "follow_up.completed")):
            found.append(routes.agreement)
        if routes.order and event.type.startswith("order."):
            found.append(DELIVERY + routes.order)
        return found

    def begin(self, external_id: str) -> AgreementState:
        return AgreementState(external_id=external_id)

    def apply(self, state: AgreementState, event: Event) -> AgreementState:
        data = event.data
        if event.type.startswith("order."):
            return _delivery(state, event)
        if isinstance(data, AgreementMade):
            return _made(state, data, event)
        if isinstance(data, AgreementRescheduled):
            return _rescheduled(state, due_instant(data.due_at, event.zone))
        if isinstance(data, AgreementKept) or (
            isinstance(data, FollowUpCompleted) and data.outcome == "kept"
        ):
            return evolve(state, kept_at=state.kept_at or event.occurred_at)
        if isinstance(data, AgreementWithdrawn):
            return evolve(state, withdrawn_at=state.withdrawn_at or event.occurred_at)
        return state

    def founds(self, event: Event) -> bool:
        return event.type in ("agreement.made", "order.placed")

    def shelve(self, state: AgreementState) -> Shelf:
        return Shelf(
            visible=state.made_at is not None,
            sort_at=state.made_at or EARLIEST,
            closes_at=_closes_at(state),
            due_at=state.due_at,
            label=state.kind,
        )


def _made(state: AgreementState, data: AgreementMade, event: Event) -> AgreementState:
    due = None if data.due_at is None else due_instant(data.due_at, event.zone)
    return evolve(
        state,
        made_at=event.occurred_at,
        kind=data.kind,
        text=data.text,
        due_at=state.rescheduled_to or due,
        original_due_at=due,
        valid_until=None if data.valid_until is None else due_instant(data.valid_until, event.zone),
        made_by=data.made_by,
        channel=data.channel,
        interaction=data.interaction_id,
        conversation=data.conversation_id,
        order=data.order_id,
    )


def _rescheduled(state: AgreementState, due: datetime) -> AgreementState:
    return evolve(state, due_at=due, rescheduled_to=due, rescheduled=state.rescheduled + 1)


def _delivery(state: AgreementState, event: Event) -> AgreementState:
    order_id = state.external_id.removeprefix(DELIVERY)
    order = _orders.apply(state.delivery or _orders.begin(order_id), event)
    changes: dict[str, Any] = {
        "delivery": order,
        "order": order_id,
        "kept_at": state.kept_at or order.arrived_at,
        "withdrawn_at": state.withdrawn_at or order.cancelled_at,
    }
    latest = order.promised_latest
    if isinstance(event.data, OrderPlaced) and latest is not None:
        changes |= {
            "made_at": event.occurred_at,
            "kind": "delivery",
            "due_at": state.rescheduled_to or latest,
            "original_due_at": latest,
            "made_by": _SYSTEM,
            "channel": order.channel,
        }
    return evolve(state, **changes)


def _closes_at(state: AgreementState) -> datetime:
    settled = verdict(state, EARLIEST)
    if settled in ("kept", "broken", "withdrawn"):
        return EARLIEST
    end = state.due_at or state.valid_until
    return NEVER if end is None else end + _MOMENT
