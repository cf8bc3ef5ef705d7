"""What is known of a person beside contacts and orders: profile, consents, satisfaction.

Kept per owning identifier. Beside each field stands how surely it was said, and the fold order of the event that said it,
so that the profiles of all identifiers of one customer merge in any order: field by field the surest word is shown, and
of equally sure ones the newest. What anybody can fill in on a form never replaces what a login or a channel attests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from typing import Any, Final, Generic, NamedTuple, TypeVar

from klantbeeld.domain.events.customers import Address, ConsentChanged, CustomerDescribed, FeedbackGiven, Name
from klantbeeld.domain.events.event import Event, FoldOrder
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.values import value

FEEDBACK_KEPT = 20
FIELDS: Final = ("name", "birth_date", "language", "time_zone", "addresses", "company")
Fact = str | int | float | bool | None
T = TypeVar("T")


class Said(NamedTuple, Generic[T]):
    """What one event says of one field. `strength` is that of the identifier which it is said under."""

    value: T
    strength: Strength
    order: FoldOrder


Told = tuple[Said[T], ...]
"""Of one field: nothing; the word that is shown; or that one, and the newest of all, which is less sure."""


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
    name: Told[Name] = ()
    birth_date: Told[date] = ()
    language: Told[str] = ()
    time_zone: Told[str] = ()
    addresses: Told[tuple[Address, ...]] = ()
    company: Told[str] = ()
    facts: Mapping[str, Told[Fact]] = field(default_factory=dict)
    consents: Mapping[str, Told[bool]] = field(default_factory=dict)
    feedback: tuple[Feedback, ...] = ()


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
    """Field by field the surer of the two, then the newer: commutative, associative, idempotent."""
    surest: dict[str, Any] = {name: _both(getattr(one, name), getattr(other, name)) for name in FIELDS}
    feedback = {item.order: item for item in (*one.feedback, *other.feedback)}
    return evolve(
        one,
        **surest,
        facts=_by_key(one.facts, other.facts),
        consents=_by_key(one.consents, other.consents),
        feedback=tuple(feedback[order] for order in sorted(feedback, reverse=True)[:FEEDBACK_KEPT]),
    )


def merge_all(states: Iterable[ProfileState]) -> ProfileState:
    merged = ProfileState(external_id="")
    for state in states:
        merged = merge(merged, state)
    return merged


def display_name(state: ProfileState) -> str | None:
    """How the person is addressed: given name, prefix, family name; else, or where that is surer, the company."""
    name = state.name[0] if state.name else None
    company = state.company[0] if state.company else None
    shown = " ".join(filter(None, (name.value.given, name.value.prefix, name.value.family))) if name else ""
    if name and shown and not (company and company.strength > name.strength):
        return shown
    return company.value if company else None


def consents(state: ProfileState) -> dict[str, Said[bool]]:
    """The word that holds for each purpose, or purpose and channel. A refusal of the purpose as a whole withdraws what was
    granted for one channel before it; only a verified grant counts after it, and what is merely stated then is left out.
    """
    found = {key: _holding(state, key) for key in state.consents}
    return {key: word for key, word in found.items() if word}


def stated_since(state: ProfileState) -> tuple[str, ...]:
    """The fields of which somebody said something else since, less surely than what is shown."""
    found = [name for name in FIELDS if _differs(getattr(state, name))]
    found += ["facts"] if any(map(_differs, state.facts.values())) else []
    found += ["consents"] if any(_granted_since(state, key) for key in state.consents) else []
    return tuple(found)


def _said(external_id: str, event: Event) -> ProfileState:
    """What one event says, as a profile of its own. Withdrawing a consent only protects: it is as good as verified."""
    data, order, strength = event.data, event.order, _strength(event)
    if isinstance(data, CustomerDescribed):
        given: dict[str, Any] = {
            name: (Said(getattr(data, name), strength, order),)
            for name in FIELDS
            if getattr(data, name) is not None
        }
        facts = {name: (Said(value, strength, order),) for name, value in (data.facts or {}).items()}
        return ProfileState(external_id=external_id, facts=facts, **given)
    if isinstance(data, ConsentChanged):
        key = f"{data.purpose}\n{data.channel}" if data.channel else data.purpose
        word = Said(data.granted, strength if data.granted else Strength.verified, order)
        return ProfileState(external_id=external_id, consents={key: (word,)})
    if isinstance(data, FeedbackGiven):
        return ProfileState(external_id=external_id, feedback=(_feedback(data, order),))
    return ProfileState(external_id=external_id)


def _strength(event: Event) -> Strength:
    """How surely the event is about its owner, as evidence takes a sighting."""
    sighted = (one.strength for one in event.identifiers if one.token == event.owner)
    return Strength(max(sighted, default=Strength.weak))


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


def _both(one: Told[T], other: Told[T]) -> Told[T]:
    if not one or not other:
        return one or other
    words = one + other
    shown = max(words, key=lambda word: (word.strength, word.order))
    newest = max(words, key=lambda word: word.order)
    return (shown,) if newest.order == shown.order else (shown, newest)


def _by_key(one: Mapping[str, Told[T]], other: Mapping[str, Told[T]]) -> dict[str, Told[T]]:
    return {key: _both(one.get(key, ()), other.get(key, ())) for key in sorted(one.keys() | other.keys())}


def _differs(told: Told[Any]) -> bool:
    return len(told) > 1 and told[0].value != told[1].value


def _holding(state: ProfileState, key: str) -> Said[bool] | None:
    word, refusal = state.consents[key][0], _refusal(state, key)
    if not (word.value and refusal):
        return word
    if word.order < refusal.order:
        return refusal
    return word if word.strength == Strength.verified else None


def _granted_since(state: ProfileState, key: str) -> bool:
    told, refusal = state.consents[key], _refusal(state, key)
    newest = told[-1]
    late = refusal is not None and newest.value and newest.order > refusal.order
    return _differs(told) or (
        late and newest.strength < Strength.verified and _holding(state, key) != told[0]
    )


def _refusal(state: ProfileState, key: str) -> Said[bool] | None:
    """The refusal that holds for the whole purpose of a key that names a channel too."""
    purpose, for_channel, _ = key.partition("\n")
    told = state.consents.get(purpose) if for_channel else None
    return told[0] if told and not told[0].value else None
