"""Conversations: what the customer would count as one contact, and whether somebody is still waiting."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from klantbeeld.domain.events import conversations as events
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.interactions import InteractionClassified, InteractionHeld, InteractionRemoved
from klantbeeld.domain.events.people import Agent
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.routing import interaction_of
from klantbeeld.domain.times import EARLIEST, NEVER
from klantbeeld.domain.values import value

Status = Literal["open", "waiting", "answered", "ended", "resolved"]
"""`open`: the customer waits for us. `waiting`: we wait, and said for whom. `answered`: the last word was
ours. `ended`: over, with an outcome that is not a solution. `resolved`: solved."""

STILL_GOING = frozenset({"open", "waiting"})


@value
class HandOver:
    """The last hand-over: what the one who takes over must not ask again."""

    at: datetime
    to: events.Seat
    origin: events.Seat | None = None
    context: events.HandOverContext | None = None
    reason: str | None = None


@value
class ConversationState:
    """`waiting_since`: when the customer's oldest unanswered message came in. `alone`: one interaction,
    no thread.
    """

    external_id: str
    status: Status = "ended"
    contact: bool = False
    channel: str | None = None
    direction: str | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    ended_at: datetime | None = None
    subject: str | None = None
    subject_of: str | None = None
    """The interaction that the subject came with, and is taken away with."""
    topic: str | None = None
    intent: str | None = None
    outcome: str | None = None
    agent: Agent | None = None
    agent_at: datetime | None = None
    """When that agent spoke, and over which channel."""
    agent_channel: str | None = None
    team: str | None = None
    queue: str | None = None
    bot: str | bool | None = None
    messages: int = 0
    waiting_since: datetime | None = None
    waiting_for: str | None = None
    handed_over: HandOver | None = None
    classified: bool = False
    interaction: str | None = None


class ConversationFold:
    kind = "conversation"
    state = ConversationState
    any_order = False

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        told = event.type.startswith("conversation.") or event.type in (
            "interaction.recorded",
            "interaction.started",
            "interaction.classified",
            "interaction.removed",
        )
        return (routes.conversation,) if routes.conversation and told else ()

    def begin(self, external_id: str) -> ConversationState:
        return ConversationState(external_id=external_id)

    def apply(self, state: ConversationState, event: Event) -> ConversationState:
        data, at = event.data, event.occurred_at
        if isinstance(data, InteractionHeld):
            return _held(state, data, event)
        if isinstance(data, InteractionClassified):
            return _classified(state, data, at)
        if isinstance(data, InteractionRemoved):
            gone = state.subject_of == data.interaction_id
            return evolve(state, subject=None, subject_of=None) if gone else state
        if isinstance(data, events.HandedOver):
            return _handed_over(state, data, at)
        if isinstance(data, events.ConversationWaiting):
            return evolve(state, status="waiting", waiting_for=data.waiting_for, last_at=at)
        if isinstance(data, events.ConversationContinued):
            return _open_again(state, at) if state.status == "waiting" else state
        if isinstance(data, events.ConversationReopened):
            return state if state.status in STILL_GOING else _open_again(state, at)
        if isinstance(data, events.ConversationResolved):
            return evolve(state, **_solved(state, at))
        return state

    def founds(self, event: Event) -> bool:
        return isinstance(event.data, InteractionHeld) and event.data.is_contact

    def shelve(self, state: ConversationState) -> Shelf:
        return Shelf(
            visible=state.contact,
            sort_at=state.last_at or EARLIEST,
            closes_at=NEVER if state.status in STILL_GOING else EARLIEST,
            team=state.team,
            assignee=state.agent.id if state.agent else None,
            label=state.status,
        )


Changes = dict[str, Any]
"""Fields of a state that an event changes: gathered first, applied once."""


def _held(state: ConversationState, data: InteractionHeld, event: Event) -> ConversationState:
    if not data.is_contact:
        return state
    at = event.occurred_at
    changes: Changes = {
        "contact": True,
        "channel": state.channel or data.channel,
        "direction": state.direction or data.direction,
        "started_at": state.started_at or at,
        "last_at": at,
        "ended_at": data.ended_at or state.ended_at,
        "team": data.team or state.team,
        "queue": data.queue or state.queue,
        "bot": data.bot if data.bot is not None else state.bot,
        "messages": state.messages + (event.type == "interaction.recorded"),
        "interaction": state.interaction or data.interaction_id,
    }
    if data.subject and not state.subject:
        changes |= {"subject": data.subject, "subject_of": interaction_of(event)}
    if data.agent:
        changes |= {"agent": data.agent, "agent_at": at, "agent_channel": data.channel}
    if not state.classified:
        changes |= {"topic": data.topic or state.topic, "intent": data.intent or state.intent}
    return evolve(state, **(changes | _whose_turn(state, data, at)))


def _whose_turn(state: ConversationState, data: InteractionHeld, at: datetime) -> Changes:
    if data.outcome == "resolved":
        return _solved(state, at) | {"ended_at": data.ended_at or state.ended_at or at}
    if data.outcome is not None and data.outcome != "transferred":
        return _over("ended", data.outcome)
    if data.awaits_reply:
        return _asked(state, at) | {"outcome": data.outcome, "ended_at": data.ended_at}
    if data.direction == "outbound" and state.status != "resolved":
        return _over("answered", data.outcome)
    return {"outcome": data.outcome or state.outcome}


def _over(status: Status, outcome: str | None) -> Changes:
    return {"status": status, "outcome": outcome, "waiting_since": None, "waiting_for": None}


def _asked(state: ConversationState, at: datetime) -> Changes:
    return {"status": "open", "waiting_for": None, "waiting_since": state.waiting_since or at}


def _solved(state: ConversationState, at: datetime) -> Changes:
    """The first solution stays, until the conversation is opened again."""
    if state.status == "resolved":
        return {}
    return _over("resolved", "resolved") | {"ended_at": at, "last_at": max(at, state.last_at or at)}


def _open_again(state: ConversationState, at: datetime) -> ConversationState:
    return evolve(state, **_asked(state, at), last_at=at, outcome=None, ended_at=None)


def _classified(state: ConversationState, data: InteractionClassified, at: datetime) -> ConversationState:
    changes: Changes = {
        "topic": data.topic or state.topic,
        "intent": data.intent or state.intent,
        "classified": True,
    }
    if data.outcome == "resolved":
        changes |= _solved(state, at) | {"ended_at": state.ended_at or at}
    elif data.outcome is not None and data.outcome != "transferred":
        changes |= _over("ended", data.outcome)
    return evolve(state, **changes)


def _handed_over(state: ConversationState, data: events.HandedOver, at: datetime) -> ConversationState:
    to = HandOver(at=at, to=data.to, origin=data.origin, context=data.context, reason=data.reason)
    outcome = None if state.outcome != "transferred" else state.outcome
    return evolve(
        state,
        **_asked(state, at),
        handed_over=to,
        team=data.to.team or state.team,
        last_at=at,
        outcome=outcome,
        ended_at=None,
    )
