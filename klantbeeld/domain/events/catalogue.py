"""The catalogue of event types: for each name its data class, its newest version and the upcasters from older ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from klantbeeld.domain.events import agreements, conversations, customers, interactions, orders, system
from klantbeeld.domain.events.people import AboutCustomer
from klantbeeld.domain.problems import Invalid

PREFIX = "klantbeeld."
SCHEMA_PREFIX = "urn:klantbeeld:"

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """`upcasters[n]` turns data of version n into data of version n + 1."""

    name: str
    data: type
    version: int = 1
    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)
    reserved: bool = False
    """Only the system itself may send it."""

    @property
    def about_customer(self) -> bool:
        return issubclass(self.data, AboutCustomer)

    def upcast(self, data: dict[str, Any], version: int) -> dict[str, Any]:
        for step in range(version, self.version):
            data = self.upcasters[step](data)
        return data


def scale_from_metric(data: dict[str, Any]) -> dict[str, Any]:
    """`feedback.given` 1 to 2: version 1 left out where a scale begins; NPS begins at 0, CSAT and CES at 1."""
    least = 0 if data.get("metric") == "nps" else 1
    most = {"nps": 10, "ces": 7}.get(str(data.get("metric")), 5)
    return {"scale_max": most, **data, "scale_min": least}


def _types() -> list[EventType]:
    plain: dict[str, type] = {
        "customer.described": customers.CustomerDescribed,
        "interaction.started": interactions.InteractionHeld,
        "interaction.recorded": interactions.InteractionHeld,
        "interaction.amended": interactions.InteractionAmended,
        "interaction.removed": interactions.InteractionRemoved,
        "interaction.reacted": interactions.InteractionReacted,
        "interaction.delivery_changed": interactions.DeliveryChanged,
        "interaction.classified": interactions.InteractionClassified,
        "interaction.attributed": interactions.InteractionAttributed,
        "conversation.handed_over": conversations.HandedOver,
        "conversation.waiting": conversations.ConversationWaiting,
        "conversation.continued": conversations.ConversationContinued,
        "conversation.resolved": conversations.ConversationResolved,
        "conversation.reopened": conversations.ConversationReopened,
        "visit.recorded": interactions.VisitRecorded,
        "order.placed": orders.OrderPlaced,
        "order.status_changed": orders.OrderStatusChanged,
        "order.shipment_updated": orders.ShipmentUpdated,
        "agreement.made": agreements.AgreementMade,
        "agreement.rescheduled": agreements.AgreementRescheduled,
        "agreement.kept": agreements.AgreementKept,
        "agreement.withdrawn": agreements.AgreementWithdrawn,
        "follow_up.opened": agreements.FollowUpOpened,
        "follow_up.assigned": agreements.FollowUpAssigned,
        "follow_up.released": agreements.FollowUpReleased,
        "follow_up.snoozed": agreements.FollowUpSnoozed,
        "follow_up.rescheduled": agreements.FollowUpRescheduled,
        "follow_up.escalated": agreements.FollowUpEscalated,
        "follow_up.completed": agreements.FollowUpCompleted,
        "follow_up.cancelled": agreements.FollowUpCancelled,
        "follow_up.reopened": agreements.FollowUpReopened,
        "consent.changed": customers.ConsentChanged,
        "acknowledgement.sent": conversations.AcknowledgementSent,
    }
    reserved: dict[str, type] = {
        "identity.linked": system.IdentityJudged,
        "identity.unlinked": system.IdentityJudged,
        "identity.decision_withdrawn": system.DecisionWithdrawn,
        "service_level.warned": conversations.ServiceLevelNoticed,
        "service_level.breached": conversations.ServiceLevelNoticed,
        "rules.changed": system.RulesChanged,
        "customer.erased": system.CustomerErased,
    }
    found = [EventType(name=name, data=data) for name, data in plain.items()]
    found += [EventType(name=name, data=data, reserved=True) for name, data in reserved.items()]
    found.append(EventType(name="event.corrected", data=system.EventCorrected))
    found.append(
        EventType(
            name="feedback.given",
            data=customers.FeedbackGiven,
            version=2,
            upcasters={1: scale_from_metric},
        )
    )
    return found


CATALOGUE: Mapping[str, EventType] = {t.name: t for t in _types()}


def named(full_type: str) -> EventType:
    """The type that an event's `type` attribute names. Raises `Invalid("unknown_type")`."""
    found = CATALOGUE.get(full_type.removeprefix(PREFIX)) if full_type.startswith(PREFIX) else None
    if found is None:
        raise Invalid("unknown_type", "type")
    return found


def version_named(event_type: EventType, dataschema: str | None) -> int:
    """The version that `dataschema` names; 1 when absent. Raises `Invalid` for another type or a version unknown here."""
    if dataschema is None:
        return 1
    prefix = f"{SCHEMA_PREFIX}{event_type.name}:"
    number = dataschema.removeprefix(prefix)
    if not dataschema.startswith(prefix) or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise Invalid("bad_dataschema", "dataschema")
    if not 1 <= int(number) <= event_type.version:
        raise Invalid("unknown_version", "dataschema")
    return int(number)
