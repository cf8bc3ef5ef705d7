"""A story of our own: Annemiek and Boris share a telephone, a parcel is late, and much is put right afterwards."""

from tests.domain.building import (
    ANNEMIEK,
    ANNEMIEKS_MAIL,
    BORIS,
    HOUSE_PHONE,
    Cloud,
    cloud,
    correction,
    judged,
)

VISITOR = {"type": "anonymous", "value": "web/visit-9"}
ORDER = {"type": "order_number", "value": "shop:881"}
PARCEL = {"type": "tracking", "value": "3SINVENTED1"}
WITHHELD = {"type": "phone", "value": "anonymous"}


def household() -> list[Cloud]:
    return [*_people(), *_order(), *_contacts(), *_duties(), *_second_thoughts()]


def _people() -> list[Cloud]:
    name = {"given": "Annemiek", "prefix": "van", "family": "Dalen"}
    return [
        cloud("customer.described", 0, [ANNEMIEK, ANNEMIEKS_MAIL, HOUSE_PHONE], name=name, language="nl"),
        cloud("customer.described", 1, [BORIS, HOUSE_PHONE], name={"given": "Boris"}, facts={"since": 2019}),
        cloud("consent.changed", 2, ANNEMIEKS_MAIL, purpose="newsletter", channel="email", granted=True),
        cloud("visit.recorded", 3, VISITOR, page="/retour", helped=False),
    ]


def _order() -> list[Cloud]:
    placed = cloud(
        "order.placed",
        10,
        [ANNEMIEK, ORDER],
        order_id="shop:881",
        channel="web",
        lines=[{"sku": "LAMP-3", "name": "Leeslamp", "quantity": 2, "amount": "59.90"}],
        total={"amount": "59.90", "currency": "EUR"},
        promised_delivery={"latest": "2026-11-03"},
    )
    return [
        placed,
        cloud("order.shipment_updated", 50, PARCEL, tracking="3SINVENTED1", status="out_for_delivery"),
        cloud(
            "order.status_changed",
            40,
            [ORDER, PARCEL],
            order_id="shop:881",
            tracking="3SINVENTED1",
            status="shipped",
        ),
        cloud(
            "order.shipment_updated",
            "2026-11-05T10:00:00Z",
            PARCEL,
            tracking="3SINVENTED1",
            status="delivered",
        ),
    ]


def _contacts() -> list[Cloud]:
    return [
        cloud(
            "interaction.recorded",
            60,
            ANNEMIEKS_MAIL,
            channel="email",
            direction="inbound",
            interaction_id="mail:1",
            conversation_id="thread:1",
            subject="Waar is mijn lamp?",
            text="Ik wacht nog op de lamp.",
        ),
        cloud(
            "interaction.recorded",
            "2026-11-04T12:00:00Z",
            HOUSE_PHONE,
            channel="phone",
            direction="inbound",
            interaction_id="call:1",
            topic="delivery",
            agent={"id": "a-3", "name": "Daan"},
            outcome="unresolved",
        ),
        cloud(
            "interaction.recorded", 61, WITHHELD, channel="phone", direction="inbound", outcome="abandoned"
        ),
        cloud(
            "interaction.amended",
            62,
            ANNEMIEKS_MAIL,
            interaction_id="mail:1",
            text="Ik wacht op de leeslamp.",
        ),
    ]


def _duties() -> list[Cloud]:
    return [
        cloud(
            "agreement.made",
            "2026-11-04T12:05:00Z",
            HOUSE_PHONE,
            agreement_id="desk:1",
            kind="callback",
            text="Wij bellen vandaag terug.",
            due_at="2026-11-04",
            interaction_id="call:1",
        ),
        cloud(
            "follow_up.opened",
            "2026-11-04T12:06:00Z",
            ANNEMIEK,
            follow_up_id="desk:2",
            kind="callback",
            due_at="2026-11-04",
            priority="high",
            team="care",
            agreement_id="desk:1",
        ),
        cloud(
            "follow_up.completed",
            "2026-11-04T16:00:00Z",
            ANNEMIEK,
            follow_up_id="desk:2",
            agreement_id="desk:1",
            outcome="kept",
        ),
        cloud("feedback.given", "2026-11-06T09:00:00Z", ANNEMIEKS_MAIL, metric="nps", score=8, scale_max=10),
    ]


def _second_thoughts() -> list[Cloud]:
    to = {"type": "customer_number", "value": "K-501"}
    call = next(one for one in _contacts() if one["data"].get("interaction_id") == "call:1")
    return [
        cloud("interaction.attributed", "2026-11-04T12:10:00Z", HOUSE_PHONE, interaction_id="call:1", to=to),
        correction(5000, call, topic="late delivery"),
        judged("linked", 70, VISITOR, ANNEMIEKS_MAIL),
    ]
