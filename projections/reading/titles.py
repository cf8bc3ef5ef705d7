"""Titles of timeline entries, in the languages we speak. The text of an entry comes from the event itself."""

from collections.abc import Mapping
from typing import Final

import msgspec

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "customer.described": ("Klantgegevens bijgewerkt", "Customer details updated"),
    "interaction.started": ("Contact begonnen", "Contact started"),
    "interaction.recorded": ("Contact", "Contact"),
    "interaction.amended": ("Bericht gewijzigd", "Message amended"),
    "interaction.removed": ("Bericht verwijderd", "Message removed"),
    "interaction.reacted": ("Reactie", "Reaction"),
    "interaction.delivery_changed": ("Aflevering", "Delivery of the message"),
    "interaction.classified": ("Afgerond door medewerker", "Wrap-up"),
    "interaction.attributed": ("Aan klant toegewezen", "Attributed to customer"),
    "conversation.handed_over": ("Gesprek overgedragen", "Conversation handed over"),
    "conversation.waiting": ("Gesprek wacht", "Conversation waits"),
    "conversation.continued": ("Gesprek hervat", "Conversation continued"),
    "conversation.resolved": ("Gesprek opgelost", "Conversation resolved"),
    "conversation.reopened": ("Gesprek heropend", "Conversation reopened"),
    "visit.recorded": ("Bezoek", "Visit"),
    "order.placed": ("Bestelling geplaatst", "Order placed"),
    "order.status_changed": ("Status van bestelling", "Order status"),
    "order.shipment_updated": ("Zending", "Shipment"),
    "agreement.made": ("Afspraak gemaakt", "Agreement made"),
    "agreement.rescheduled": ("Afspraak verzet", "Agreement rescheduled"),
    "agreement.kept": ("Afspraak nagekomen", "Agreement kept"),
    "agreement.withdrawn": ("Afspraak ingetrokken", "Agreement withdrawn"),
    "follow_up.opened": ("Opvolging geopend", "Follow-up opened"),
    "follow_up.assigned": ("Opvolging toegewezen", "Follow-up assigned"),
    "follow_up.released": ("Opvolging vrijgegeven", "Follow-up released"),
    "follow_up.snoozed": ("Opvolging uitgesteld", "Follow-up snoozed"),
    "follow_up.rescheduled": ("Opvolging verzet", "Follow-up rescheduled"),
    "follow_up.escalated": ("Opvolging geëscaleerd", "Follow-up escalated"),
    "follow_up.completed": ("Opvolging afgerond", "Follow-up completed"),
    "follow_up.cancelled": ("Opvolging vervallen", "Follow-up cancelled"),
    "follow_up.reopened": ("Opvolging heropend", "Follow-up reopened"),
    "feedback.given": ("Beoordeling", "Feedback"),
    "consent.changed": ("Toestemming", "Consent"),
    "identity.linked": ("Gegevens gekoppeld", "Identifiers linked"),
    "identity.unlinked": ("Gegevens ontkoppeld", "Identifiers unlinked"),
    "identity.decision_withdrawn": ("Koppelbesluit ingetrokken", "Identity decision withdrawn"),
    "service_level.warned": ("Servicenorm bijna overschreden", "Service level at risk"),
    "service_level.breached": ("Servicenorm overschreden", "Service level breached"),
    "acknowledgement.sent": ("Ontvangstbevestiging", "Acknowledgement"),
    "event.corrected": ("Correctie", "Correction"),
    "rules.changed": ("Regels gewijzigd", "Rules changed"),
    "customer.erased": ("Klant gewist", "Customer erased"),
}


class _Doer(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    kind: str | None = None


class Heard(msgspec.Struct):
    """What titles and texts are made of. Whatever else stands in the data is not even decoded, be it as odd as it may."""

    subject: str | None = None
    topic: str | None = None
    status: str | None = None
    kind: str | None = None
    metric: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    page: str | None = None
    article: str | None = None
    text: str | None = None
    note: str | None = None
    comment: str | None = None
    reason: str | None = None
    by: str | None = None
    agent: _Doer | None = None
    made_by: _Doer | None = None
    interaction_id: str | None = None

    @property
    def words(self) -> str | None:
        """The words of the event, if it has any."""
        return next(
            (part for part in (self.text, self.note, self.comment, self.reason) if part is not None), None
        )

    @property
    def doer(self) -> dict[str, str] | None:
        """Who of us did it, as far as the event says."""
        if self.agent and self.agent.id:
            return {"id": self.agent.id} | ({"name": self.agent.name} if self.agent.name else {})
        if self.made_by and self.made_by.kind == "agent" and self.made_by.id:
            return {"id": self.made_by.id}
        return {"id": self.by} if self.by else None

    def without_words(self) -> "Heard":
        """Of a removed message."""
        return Heard(outcome=self.outcome, agent=self.agent, interaction_id=self.interaction_id)


_heard = msgspec.json.Decoder(Heard).decode
_DETAILS: Final = ("subject", "topic", "status", "kind", "metric", "purpose", "outcome", "page", "article")


def heard(data: str) -> Heard:
    """Never fails: an event that was accepted is shown, if need be without a title of its own."""
    try:
        return _heard(data)
    except (msgspec.MsgspecError, RecursionError):
        return Heard()


def title(type_: str, told: Heard, language: str) -> str:
    """What happened in a few words, with the one detail that says most."""
    dutch, english = TITLES.get(type_, (type_, type_))
    base = dutch if language == "nl" else english
    detail = next((part for name in _DETAILS if (part := getattr(told, name))), None)
    words = detail.replace("_", " ").removeprefix("/") if detail else None
    return f"{base}: {words}" if words else base
