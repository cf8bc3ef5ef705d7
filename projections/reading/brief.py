"""The brief: everything an agent should know before the first word, in one call."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import is_personal
from klantbeeld.domain.profiles import FIELDS, ProfileState, consents, merge_all, stated_since
from klantbeeld.domain.times import to_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.customers import Named, Who, shared_around, shown_name
from projections.reading.proven import stated
from projections.reading.shapes import Shapes, Shown, plain, shown
from projections.reading.warnings import Told, in_words, of_lists

SQL = load(__package__, "queries.sql")
RECENT: Final = 10
MOST_OPEN: Final = 200
UNATTRIBUTED: Final = 20
IDENTITY_REVIEW: Final = "identity_review"
"""The kind of the follow-ups by which somebody says that an identifier may be another person's."""
KINDS: Final = ["order", "agreement", "conversation", "follow_up", "profile"]


@dataclass(frozen=True, slots=True)
class Material:
    """What a brief is made of, wherever it comes from. `unattributed` holds no words.

    `stated`: the identifiers that are merely stated to be the customer's; `under_stated`: something is shown that lies
    under one of them that stands for somebody.
    """

    open: Sequence[Shown]
    recent: Sequence[Shown]
    profile: ProfileState
    unattributed: Sequence[dict[str, Any]] = field(default_factory=list)
    stated: Set[Token] = frozenset()
    under_stated: bool = False


def gather(connection: Connection, who: Who, now: datetime) -> Material:
    values = {"tokens": who.tokens, "now": now, "kinds": KINDS, "limit": MOST_OPEN}
    found = [shown(row) for row in connection.execute(SQL["open_entities"], values)]
    recent = {**values, "kinds": ["order", "agreement", "conversation"], "limit": RECENT}
    unproven = stated(connection, who)
    return Material(
        open=[one for one in found if one.kind != "profile"],
        recent=[shown(row) for row in connection.execute(SQL["recent_entities"], recent)],
        profile=merge_all(one.state for one in found if one.kind == "profile"),
        unattributed=unattributed(connection, who),
        stated=unproven,
        under_stated=_has_entries(connection, personal(who, unproven)),
    )


def personal(who: Who, tokens: Set[Token]) -> list[Token]:
    """Those that stand for somebody: an order, a parcel or a visit does not tell who somebody is."""
    return [one.token for one in who.identifiers if one.token in tokens and is_personal(one.type)]


def brief(who: Who, material: Material, shapes: Shapes, freshness: dict[str, Any]) -> dict[str, Any]:
    """The brief as the contract shows it. Each item stands in exactly one list."""
    lists = _lists(material, shapes)
    return {
        "customer_id": who.customer_id,
        "display_name": shown_name(material.profile, who.identifiers, material.stated),
        "profile": profile_shape(material.profile),
        "identifiers": [_identifier(one, one.token in material.stated) for one in who.identifiers],
        **lists,
        "unattributed": list(material.unattributed),
        "warnings": _warnings(material, lists, shapes),
        "feedback": {"recent": feedback_shape(material.profile)},
        "consents": consents_shape(material.profile),
        "routing": _routing([*material.open, *material.recent]),
        "freshness": freshness,
    }


def profile_shape(profile: ProfileState) -> dict[str, Any]:
    told = {name: getattr(profile, name) for name in FIELDS}
    shape: dict[str, Any] = {name: plain(words[0].value) if words else None for name, words in told.items()}
    shape["addresses"] = [plain(one) for one in profile.addresses[0].value] if profile.addresses else []
    shape["facts"] = {name: words[0].value for name, words in profile.facts.items()}
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
    for key, word in consents(profile).items():
        purpose, _, channel = key.partition("\n")
        changed_at = to_text(word.order.occurred_at)
        found.append(
            {
                "purpose": purpose,
                "channel": channel or None,
                "granted": word.value,
                "changed_at": changed_at,
            }
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


def _warnings(material: Material, lists: dict[str, Any], shapes: Shapes) -> list[dict[str, Any]]:
    told: list[Told] = [
        ("identity_doubted", one["follow_up_id"])
        for one in lists["follow_ups"]["open"]
        if one["kind"] == IDENTITY_REVIEW
    ]
    told += of_lists(lists, shapes)
    told += [("includes_stated", None)] if material.under_stated else []
    told += [("profile_change_stated", name) for name in stated_since(material.profile)]
    told += [("unattributed_contacts", None)] if material.unattributed else []
    return in_words(told, shapes.language)


def _has_entries(connection: Connection, tokens: Sequence[Token]) -> bool:
    """Whether anything was told under one of these identifiers."""
    if not tokens:
        return False
    row = connection.execute(SQL["any_entry"], {"tokens": list(tokens)}).fetchone()
    return bool(row and row[0])


def _identifier(one: Named, is_stated: bool) -> dict[str, Any]:
    """`stated` is there only where it is true."""
    shape: dict[str, Any] = {"type": one.type, "value": one.value}
    return {**shape, "stated": True} if is_stated else shape


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
