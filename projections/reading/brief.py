"""The brief: everything an agent should know before the first word, in one call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from klantbeeld.domain.profiles import ProfileState, merge_all
from klantbeeld.domain.times import to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.customers import Who, shared_around, shown_name
from projections.reading.shapes import Shapes, Shown, plain, shown

SQL = load(__package__, "queries.sql")
RECENT: Final = 10
MOST_OPEN: Final = 200
UNATTRIBUTED: Final = 20
REPEATED: Final = timedelta(days=7)
IDENTITY_REVIEW: Final = "identity_review"
"""The kind of the follow-ups by which somebody says that an identifier may be another person's."""
KINDS: Final = ["order", "agreement", "conversation", "follow_up", "profile"]


@dataclass(frozen=True, slots=True)
class Material:
    """What a brief is made of, wherever it comes from. `unattributed` holds no words."""

    open: Sequence[Shown]
    recent: Sequence[Shown]
    profile: ProfileState
    unattributed: Sequence[dict[str, Any]] = field(default_factory=list)


def gather(connection: Connection, who: Who, now: datetime) -> Material:
    values = {"tokens": who.tokens, "now": now, "kinds": KINDS, "limit": MOST_OPEN}
    found = [shown(row) for row in connection.execute(SQL["open_entities"], values)]
    recent = {**values, "kinds": ["order", "agreement", "conversation"], "limit": RECENT}
    return Material(
        open=[one for one in found if one.kind != "profile"],
        recent=[shown(row) for row in connection.execute(SQL["recent_entities"], recent)],
        profile=merge_all(one.state for one in found if one.kind == "profile"),
        unattributed=unattributed(connection, who),
    )


def brief(who: Who, material: Material, shapes: Shapes, freshness: dict[str, Any]) -> dict[str, Any]:
    """The brief as the contract shows it. Each item stands in exactly one list."""
    lists = _lists(material, shapes)
    return {
        "customer_id": who.customer_id,
        "display_name": shown_name(material.profile, who.identifiers),
        "profile": profile_shape(material.profile),
        "identifiers": [{"type": one.type, "value": one.value} for one in who.identifiers],
        **lists,
        "unattributed": list(material.unattributed),
        "warnings": _warnings(lists, shapes, material.unattributed),
        "feedback": {"recent": feedback_shape(material.profile)},
        "consents": consents_shape(material.profile),
        "routing": _routing([*material.open, *material.recent]),
        "freshness": freshness,
    }


def profile_shape(profile: ProfileState) -> dict[str, Any]:
    fields = ("name", "birth_date", "language", "time_zone", "addresses", "company")
    found = {name: getattr(profile, name) for name in fields}
    shape: dict[str, Any] = {name: part and plain(part[0]) for name, part in found.items()}
    shape["addresses"] = [plain(one) for one in profile.addresses[0]] if profile.addresses else []
    shape["facts"] = {name: value for name, (value, _) in profile.facts.items()}
    return shape


def feedback_shape(profile: ProfileState) -> list[dict[str, Any]]:
    return [
        {
            "occurred_at": to_text(one.order.occurred_at),
            "metric": one.metric,
            "score": one.score,
            "scale_min": one.scale_min,
            "scale_max": one.scale_max,
            "channel": one.channel,
            "comment": one.comment,
        }
        for one in profile.feedback
    ]


def consents_shape(profile: ProfileState) -> list[dict[str, Any]]:
    found = []
    for key, (granted, order) in profile.consents.items():
        purpose, _, channel = key.partition("\n")
        changed_at = to_text(order.occurred_at)
        found.append(
            {"purpose": purpose, "channel": channel or None, "granted": granted, "changed_at": changed_at}
        )
    return found


def unattributed(connection: Connection, who: Who) -> list[dict[str, Any]]:
    """Contacts under an identifier that this customer shares with others: whose they were is not known."""
    shared = [one.token for one in shared_around(connection, who.tokens)]
    if not shared:
        return []
    rows = connection.execute(SQL["unattributed"], {"tokens": shared, "limit": UNATTRIBUTED})
    return [_unattributed(row) for row in rows]


def waiting_conversations(connection: Connection, follow_ups: Iterable[Shown]) -> frozenset[str]:
    """Of the conversations that these follow-ups belong to, those that wait."""
    ids = sorted({one.about for one in follow_ups if one.about})
    if not ids:
        return frozenset()
    found = (shown(row) for row in connection.execute(SQL["entities"], {"ids": ids}))
    return frozenset(one.id for one in found if one.state.status == "waiting")


def _lists(material: Material, shapes: Shapes) -> dict[str, Any]:
    agreements = [shapes.agreement(one) for one in material.open if one.kind == "agreement"]
    return {
        "orders": {
            "open": [shapes.order(one) for one in material.open if one.kind == "order"],
            "recent": _recent(material, "order", shapes),
        },
        "agreements": {
            "open": [one for one in agreements if one["state"] == "open"],
            "standing": [one for one in agreements if one["state"] == "standing"],
            "recent": _recent(material, "agreement", shapes),
        },
        "contacts": {"recent": [shapes.contact(one) for one in _newest(material.recent, "conversation")]},
        "conversations": {
            "open": [shapes.conversation(one) for one in material.open if one.kind == "conversation"]
        },
        "follow_ups": {"open": [shapes.follow_up(one) for one in _by_due(material.open)]},
    }


def _recent(material: Material, kind: str, shapes: Shapes) -> list[dict[str, Any]]:
    return [shapes.of(one) for one in _newest(material.recent, kind)]


def _newest(found: Iterable[Shown], kind: str) -> list[Shown]:
    return sorted((one for one in found if one.kind == kind), key=lambda one: one.sort_at, reverse=True)[
        :RECENT
    ]


def _by_due(found: Iterable[Shown]) -> list[Shown]:
    own = [one for one in found if one.kind == "follow_up"]
    return sorted(own, key=lambda one: (one.state.due_at is None, one.state.due_at or one.sort_at, one.id))


def _routing(found: Iterable[Shown]) -> dict[str, Any]:
    """With whom the customer spoke last, so that the same agent can take over."""
    talks = [one for one in found if one.kind == "conversation" and one.state.agent_at]
    last = max(talks, key=lambda one: one.state.agent_at, default=None)
    if last is None:
        return {"last_agent": None, "last_team": None}
    agent = {
        **plain(last.state.agent),
        "at": to_text(last.state.agent_at),
        "channel": last.state.agent_channel,
    }
    return {"last_agent": agent, "last_team": last.state.team}


def _warnings(lists: dict[str, Any], shapes: Shapes, loose: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    now = shapes.now
    told = [
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
    told += [
        ("identity_doubted", one["follow_up_id"])
        for one in lists["follow_ups"]["open"]
        if one["kind"] == IDENTITY_REVIEW
    ]
    told += [("repeat_contact", id_) for id_ in _repeated(lists, now)]
    told += [("unattributed_contacts", None)] if loose else []
    return [warning(code, about, shapes.language) for code, about in told]


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


def _unattributed(row: Sequence[Any]) -> dict[str, Any]:
    key, type_, at, channel, direction, interaction, conversation = row
    return {
        "entry_id": key,
        "type": type_,
        "occurred_at": to_text(at),
        "channel": channel,
        "direction": direction,
        "interaction_id": interaction,
        "conversation_id": conversation,
    }
