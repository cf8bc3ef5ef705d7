"""Titles of timeline entries, in the languages we speak. The text of an entry comes from the event itself."""

from collections.abc import Mapping
from typing import Any, Final

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
    "service_level.warned": ("Servicenorm bijna overschreden", "Service level at risk"),
    "service_level.breached": ("Servicenorm overschreden", "Service level breached"),
    "acknowledgement.sent": ("Ontvangstbevestiging", "Acknowledgement"),
    "event.corrected": ("Correctie", "Correction"),
    "rules.changed": ("Regels gewijzigd", "Rules changed"),
    "customer.erased": ("Klant gewist", "Customer erased"),
}

_DETAIL: Final = ("subject", "topic", "status", "kind", "metric", "purpose", "outcome", "page", "article")


def title(type_: str, data: Mapping[str, Any], language: str) -> str:
    """What happened in a few words, with the one detail that says most."""
    dutch, english = TITLES.get(type_, (type_, type_))
    base = dutch if language == "nl" else english
    detail = next((data[name] for name in _DETAIL if isinstance(data.get(name), str) and data[name]), None)
    return f"{base}: {detail}" if detail else base


def text(data: Mapping[str, Any]) -> str | None:
    """The words of the event, if it has any."""
    for name in ("text", "note", "comment", "reason"):
        if isinstance(data.get(name), str):
            return str(data[name])
    return None
