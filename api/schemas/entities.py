"""Orders, agreements, contacts, conversations and follow-ups as they are answered."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.schemas.common import Agent, Freshness


class Money(BaseModel):
    """A decimal number as text, and an ISO 4217 currency."""

    amount: str
    currency: str


class OrderLine(BaseModel):
    sku: str | None = None
    name: str | None = None
    quantity: float | None = None
    amount: str | None = None


class Window(BaseModel):
    earliest: datetime | None = None
    latest: datetime | None = None


class Shipment(BaseModel):
    tracking: str | None
    carrier: str | None
    status: str | None
    eta: datetime | None
    updated_at: datetime


class Order(BaseModel):
    order_id: str
    external_id: str
    status: str | None
    status_at: datetime | None
    placed_at: datetime | None
    channel: str | None
    total: Money | None
    lines: list[OrderLine]
    promised: Window | None
    eta: datetime | None
    shipments: list[Shipment]
    etag: str


class MadeBy(BaseModel):
    kind: str
    id: str | None = None


class Agreement(BaseModel):
    """`state`: open, standing, kept, broken or withdrawn, as of this moment."""

    agreement_id: str
    external_id: str
    state: str
    kind: str | None
    text: str | None
    made_at: datetime | None
    made_by: MadeBy | None
    channel: str | None
    due_at: datetime | None
    original_due_at: datetime | None
    valid_until: datetime | None
    kept_at: datetime | None
    order_id: str | None
    order_external_id: str | None
    conversation_id: str | None
    interaction_id: str | None
    etag: str


class Contact(BaseModel):
    """What the customer would count as one contact; `messages` is how many there were."""

    contact_id: str
    conversation_id: str
    external_id: str
    channel: str | None
    direction: str | None
    started_at: datetime | None
    last_at: datetime | None
    ended_at: datetime | None
    subject: str | None
    topic: str | None
    intent: str | None
    outcome: str | None
    agent: Agent | None
    messages: int


class Seat(BaseModel):
    agent: str | None = None
    team: str | None = None
    skill: str | None = None
    bot: str | None = None


class HandedOver(BaseModel):
    """The last hand-over: what the one who takes over must not ask again."""

    at: datetime
    from_: Seat | None = Field(alias="from")
    to: Seat
    context: dict[str, Any] | None
    reason: str | None


class OpenConversation(Contact):
    """`state`: open, waiting, answered, ended or resolved."""

    state: str
    waiting_for: str | None
    waiting_since: datetime | None
    team: str | None
    queue: str | None
    bot: str | bool | None
    handed_over: HandedOver | None
    sla: dict[str, Any] | None
    etag: str


class FollowUp(BaseModel):
    """`state`: open, snoozed, waiting, completed or cancelled. Words of people are left out for who may not read them."""

    follow_up_id: str
    external_id: str | None = None
    state: str
    kind: str | None
    text: str | None = None
    opened_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    snoozed_until: datetime | None
    priority: int | str | None
    team: str | None
    assignee: str | None
    outcome: str | None
    agreement_id: str | None
    conversation_id: str | None
    order_id: str | None
    sla: dict[str, Any] | None
    etag: str


class Owned(BaseModel):
    """`customer_id` is null for what belongs to nobody in particular; `position` stands in answers to commands."""

    customer_id: str | None
    freshness: Freshness
    position: str | None = None


class OneOrder(Order, Owned): ...


class OneAgreement(Agreement, Owned): ...


class OneFollowUp(FollowUp, Owned): ...


class ChangedConversation(OpenConversation, Owned): ...


class QueuedFollowUp(FollowUp):
    customer_id: str | None = None


class OrderList(BaseModel):
    items: list[Order]
    next_cursor: str | None
    freshness: Freshness


class AgreementList(BaseModel):
    items: list[Agreement]
    next_cursor: str | None
    freshness: Freshness


class ContactList(BaseModel):
    items: list[Contact]
    next_cursor: str | None
    freshness: Freshness


class FollowUpList(BaseModel):
    items: list[FollowUp]
    next_cursor: str | None
    freshness: Freshness


class Queue(BaseModel):
    items: list[QueuedFollowUp]
    next_cursor: str | None
    freshness: Freshness


class QueueCounts(BaseModel):
    """Of what is still to be done. The empty name stands for follow-ups without a team."""

    total: int
    overdue: int
    unassigned: int
    by_state: dict[str, int]
    by_team: dict[str, int]
    freshness: Freshness
