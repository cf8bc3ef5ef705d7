"""What a brief warns of, in words for an agent. Codes are stable; `about` and texts hold no values of a customer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from klantbeeld.domain.times import to_text
from projections.reading.shapes import Shapes

REPEATED: Final = timedelta(days=7)

Told = tuple[str, str | None]
"""The code of a warning, and what it is about."""

WARNINGS: Final = {
    "agreement_broken": ("high", "Een afspraak is niet nagekomen", "An agreement was not kept"),
    "order_late": ("high", "Een bestelling is later dan beloofd", "An order is later than promised"),
    "follow_up_overdue": ("medium", "Een opvolging is te laat", "A follow-up is overdue"),
    "identity_doubted": (
        "high",
        "Een medewerker twijfelt of dit gegeven van deze klant is",
        "An agent doubts whether this identifier is this customer's",
    ),
    "identifier_not_verified": (
        "medium",
        "Dat dit gegeven van deze klant is, is opgegeven en niet bewezen: vraag door",
        "That this identifier is this customer's was stated, not proven: ask further",
    ),
    "includes_stated": (
        "medium",
        "Een deel staat onder gegevens die zijn opgegeven en niet bewezen: het kan van een ander zijn",
        "Some of this lies under identifiers that were stated, not proven: it may be somebody else's",
    ),
    "profile_change_stated": (
        "low",
        "Hiervan is later iets anders opgegeven, niet bewezen: vraag na",
        "Something else was stated of this since, not proven: ask",
    ),
    "repeat_contact": (
        "medium",
        "De klant kwam binnen een week terug over hetzelfde onderwerp",
        "The customer came back about the same subject within a week",
    ),
    "unattributed_contacts": (
        "low",
        "Van sommige contacten is niet bekend van wie ze waren",
        "There are contacts of which it is not known whose they were",
    ),
}


def warning(code: str, about: str | None, language: str) -> dict[str, Any]:
    severity, dutch, english = WARNINGS[code]
    return {
        "code": code,
        "severity": severity,
        "text": dutch if language == "nl" else english,
        "about": about,
    }


def of_lists(lists: dict[str, Any], shapes: Shapes) -> list[Told]:
    """What the lists of a brief give cause to warn of."""
    now = shapes.now
    told: list[Told] = [
        ("agreement_broken", one["agreement_id"])
        for one in lists["agreements"]["recent"]
        if one["state"] == "broken"
    ]
    told += [("order_late", one["order_id"]) for one in lists["orders"]["open"] if _late(one, now)]
    told += [
        ("follow_up_overdue", one["follow_up_id"])
        for one in lists["follow_ups"]["open"]
        if one["state"] == "open" and one["due_at"] and one["due_at"] < to_text(now)
    ]
    return told + [("repeat_contact", id_) for id_ in _repeated(lists, now)]


def in_words(told: Sequence[Told], language: str) -> list[dict[str, Any]]:
    return [warning(code, about, language) for code, about in told]


def _late(order: dict[str, Any], now: datetime) -> bool:
    latest = (order["promised"] or {}).get("latest")
    return latest is not None and latest < to_text(now)


def _repeated(lists: dict[str, Any], now: datetime) -> list[str]:
    """The newest contact of each topic that came up more than once within the last week."""
    since = to_text(now - REPEATED)
    talks = [*lists["conversations"]["open"], *lists["contacts"]["recent"]]
    topics: dict[str, list[str]] = {}
    for one in sorted(talks, key=lambda talk: talk["last_at"] or "", reverse=True):
        if one["topic"] and one["direction"] == "inbound" and (one["started_at"] or "") >= since:
            topics.setdefault(one["topic"], []).append(one["contact_id"])
    return [ids[0] for ids in topics.values() if len(ids) > 1]
