"""What is known of a person beside contacts and orders: profile, consents, satisfaction.

Kept per owning identifier, with the fold order of each field, so that the profiles of all identifiers of one customer
merge in any order: the newest wins field by field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from typing import Any

from klantbeeld.domain.events.customers import Address, ConsentChanged, CustomerDescribed, FeedbackGiven, Name
from klantbeeld.domain.events.event import Event, FoldOrder
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.values import value

FEEDBACK_KEPT = 20
Fact = str | int | float | bool | None


@value
class Feedback:
    order: FoldOrder
    metric: str
    score: int | float
    scale_min: int | float
    scale_max: int | float
    channel: str | None = None
    comment: str | None = None
    conversation: str | None = None


@value
class ProfileState:
    """`facts` by name; `consents` by purpose, or by purpose and channel on two lines; `feedback` newest first."""

    external_id: str
    name: tuple[Name, FoldOrder] | None = None
    birth_date: tuple[date, FoldOrder] | None = None
    language: tuple[str, FoldOrder] | None = None
    time_zone: tuple[str, FoldOrder] | None = None
    addresses: tuple[tuple[Address, ...], FoldOrder] | None = None
    company: tuple[str, FoldOrder] | None = None
    facts: Mapping[str, tuple[Fact, FoldOrder]] = field(default_factory=dict)
    consents: Mapping[str, tuple[bool, FoldOrder]] = field(default_factory=dict)
    feedback: tuple[Feedback, ...] = ()


_FIELDS = ("name", "birth_date", "language", "time_zone", "addresses", "company")


class ProfileFold:
    """The external id is the owner's token."""

    kind = "profile"
    state = ProfileState
    any_order = True

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        told = isinstance(event.data, CustomerDescribed | ConsentChanged | FeedbackGiven)
        return (event.owner,) if told else ()

    def begin(self, external_id: str) -> ProfileState:
        return ProfileState(external_id=external_id)

    def apply(self, state: ProfileState, event: Event) -> ProfileState:
        return merge(state, _said(state.external_id, event))

    def founds(self, event: Event) -> bool:
        return True

    def shelve(self, state: ProfileState) -> Shelf:
        return Shelf(visible=True)


def merge(one: ProfileState, other: ProfileState) -> ProfileState:
    """Field by field the newer of the two: commutative, associative, idempotent."""
    newest: dict[str, Any] = {name: _newer(getattr(one, name), getattr(other, name)) for name in _FIELDS}
    feedback = {item.order: item for item in (*one.feedback, *other.feedback)}
    return evolve(
        one,
        **newest,
        facts=_newest_by_key(one.facts, other.facts),
        consents=_newest_by_key(one.consents, other.consents),
        feedback=tuple(feedback[order] for order in sorted(feedback, reverse=True)[:FEEDBACK_KEPT]),
    )


def merge_all(states: Iterable[ProfileState]) -> ProfileState:
    merged = ProfileState(external_id="")
    for state in states:
        merged = merge(merged, state)
    return merged


def display_name(state: ProfileState) -> str | None:
    """How the person is addressed: given name, prefix, family name; else the company."""
    if state.name:
        name = state.name[0]
        shown = " ".join(part for part in (name.given, name.prefix, name.family) if part)
        if shown:
            return shown
    return state.company[0] if state.company else None


def _said(external_id: str, event: Event) -> ProfileState:
    """What one event says, as a profile of its own."""
    data, order = event.data, event.order
    if isinstance(data, CustomerDescribed):
        given: dict[str, Any] = {
            name: (getattr(data, name), order) for name in _FIELDS if getattr(data, name) is not None
        }
        facts = {name: (value, order) for name, value in (data.facts or {}).items()}
        return ProfileState(external_id=external_id, facts=facts, **given)
    if isinstance(data, ConsentChanged):
        key = f"{data.purpose}\n{data.channel}" if data.channel else data.purpose
        return ProfileState(external_id=external_id, consents={key: (data.granted, order)})
    if isinstance(data, FeedbackGiven):
        return ProfileState(external_id=external_id, feedback=(_feedback(data, order),))
    return ProfileState(external_id=external_id)


def _feedback(data: FeedbackGiven, order: FoldOrder) -> Feedback:
    return Feedback(
        order=order,
        metric=data.metric,
        score=data.score,
        scale_min=data.scale_min,
        scale_max=data.scale_max,
        channel=data.channel,
        comment=data.comment,
        conversation=data.conversation_id,
    )


def _newer(
    one: tuple[Any, FoldOrder] | None, other: tuple[Any, FoldOrder] | None
) -> tuple[Any, FoldOrder] | None:
    if one is None or other is None:
        return one or other
    return other if other[1] > one[1] else one


def _newest_by_key(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for key, dated in other.items():
        found[key] = _newer(found.get(key), dated)
    return dict(sorted(found.items()))
