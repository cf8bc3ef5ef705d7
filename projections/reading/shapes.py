"""The shapes of the contract: entities as an agent sees them at a given moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from klantbeeld.domain.agreements import AgreementState, verdict
from klantbeeld.domain.conversations import ConversationState
from klantbeeld.domain.follow_ups import FollowUpState, standing
from klantbeeld.domain.orders import OrderState, Shipment
from klantbeeld.domain.times import maybe_text, to_text
from klantbeeld.log.sealing import Names
from projections.entities import decoder


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity out of its row. `about` is the id of the conversation that a follow-up waits with."""

    id: str
    kind: str
    external_id: str
    owner: str
    sort_at: datetime
    version: int
    about: str | None
    state: Any

    @property
    def etag(self) -> str:
        """The same for the same set of events behind the entity."""
        return f"{self.version % 2**64:016x}"


def shown(row: Sequence[Any]) -> Shown:
    """From a row of `id, kind, external_id, owner, sort_at, version, about, state`."""
    id_, kind, external_id, owner, sort_at, version, about, state = row[:8]
    return Shown(id_, kind, external_id, owner, sort_at, version, about, decoder(kind).decode(state))


def plain(value: Any) -> Any:
    """Dataclasses as JSON-able values, without empty fields."""
    built = msgspec.to_builtins(value)
    return (
        {name: part for name, part in built.items() if part is not None} if isinstance(built, dict) else built
    )


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes at the moment `now`. `waiting` holds the conversations that wait, of the follow-ups at hand."""

    names: Names
    now: datetime
    waiting: frozenset[str] = frozenset()
    language: str = "nl"

    def order(self, one: Shown) -> dict[str, Any]:
        state: OrderState = one.state
        return {
            "order_id": one.id,
            "external_id": state.external_id,
            "status": state.status,
            "status_at": maybe_text(state.status_at),
            "placed_at": maybe_text(state.placed_at),
            "channel": state.channel,
            "total": plain(state.total) if state.total else None,
            "lines": [plain(line) for line in state.lines],
            "promised": self._window(state.promised_earliest, state.promised_latest),
            "eta": maybe_text(state.eta),
            "shipments": [_shipment(parcel) for parcel in state.shipments],
            "etag": one.etag,
        }

    def agreement(self, one: Shown) -> dict[str, Any]:
        state: AgreementState = one.state
        return {
            "agreement_id": one.id,
            "external_id": state.external_id,
            "state": verdict(state, self.now),
            "kind": state.kind,
            "text": state.text,
            "made_at": maybe_text(state.made_at),
            "made_by": plain(state.made_by) if state.made_by else None,
            "channel": state.channel,
            "due_at": maybe_text(state.due_at),
            "original_due_at": maybe_text(state.original_due_at),
            "valid_until": maybe_text(state.valid_until),
            "kept_at": maybe_text(state.kept_at),
            "order_id": self._id("order", state.order),
            "order_external_id": state.order,
            "conversation_id": self._id("conversation", state.conversation),
            "interaction_id": self._id("interaction", state.interaction),
            "etag": one.etag,
        }

    def follow_up(self, one: Shown) -> dict[str, Any]:
        state: FollowUpState = one.state
        return {
            "follow_up_id": one.id,
            "external_id": state.external_id,
            "state": standing(state, self.now, one.about in self.waiting),
            "kind": state.kind,
            "text": state.text,
            "opened_at": maybe_text(state.opened_at),
            "due_at": maybe_text(state.due_at),
            "original_due_at": maybe_text(state.original_due_at),
            "snoozed_until": maybe_text(state.snoozed_until),
            "priority": state.priority,
            "team": state.team,
            "assignee": state.assignee,
            "outcome": state.outcome,
            "agreement_id": self._id("agreement", state.agreement),
            "conversation_id": self._id("conversation", state.conversation),
            "order_id": self._id("order", state.order),
            "sla": None,
            "etag": one.etag,
        }

    def contact(self, one: Shown) -> dict[str, Any]:
        state: ConversationState = one.state
        return {
            "contact_id": one.id,
            "conversation_id": one.id,
            "external_id": state.external_id,
            "channel": state.channel,
            "direction": state.direction,
            "started_at": maybe_text(state.started_at),
            "last_at": maybe_text(state.last_at),
            "ended_at": maybe_text(state.ended_at),
            "subject": state.subject,
            "topic": state.topic,
            "intent": state.intent,
            "outcome": state.outcome,
            "agent": plain(state.agent) if state.agent else None,
            "messages": state.messages,
        }

    def conversation(self, one: Shown) -> dict[str, Any]:
        state: ConversationState = one.state
        return {
            **self.contact(one),
            "state": state.status,
            "waiting_for": state.waiting_for,
            "waiting_since": maybe_text(state.waiting_since),
            "team": state.team,
            "queue": state.queue,
            "bot": state.bot,
            "handed_over": _hand_over(state),
            "sla": None,
            "etag": one.etag,
        }

    def of(self, one: Shown) -> dict[str, Any]:
        """By its kind."""
        shapes: Mapping[str, Any] = {
            "order": self.order,
            "agreement": self.agreement,
            "follow_up": self.follow_up,
            "conversation": self.conversation,
        }
        found: dict[str, Any] = shapes[one.kind](one)
        return found

    def _id(self, kind: str, external_id: str | None) -> str | None:
        return None if external_id is None else self.names.entity(kind, external_id)

    @staticmethod
    def _window(earliest: datetime | None, latest: datetime | None) -> dict[str, str] | None:
        parts = {"earliest": earliest, "latest": latest}
        return {name: to_text(at) for name, at in parts.items() if at} or None


def _shipment(parcel: Shipment) -> dict[str, Any]:
    return {
        "tracking": parcel.tracking,
        "carrier": parcel.carrier,
        "status": parcel.status,
        "eta": maybe_text(parcel.eta),
        "updated_at": to_text(parcel.updated_at),
    }


def _hand_over(state: ConversationState) -> dict[str, Any] | None:
    last = state.handed_over
    if last is None:
        return None
    return {
        "at": to_text(last.at),
        "from": plain(last.origin) if last.origin else None,
        "to": plain(last.to),
        "context": plain(last.context) if last.context else None,
        "reason": last.reason,
    }
