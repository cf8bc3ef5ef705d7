"""Follow-ups: duties to act, with a team, an assignee, a due time and a priority."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from klantbeeld.domain.events import agreements as events
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.times import EARLIEST, NEVER, due_instant
from klantbeeld.domain.values import value

Standing = Literal["open", "snoozed", "waiting", "completed", "cancelled"]


@value
class FollowUpState:
    external_id: str
    opened_at: datetime | None = None
    kind: str | None = None
    text: str | None = None
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    priority: int | str | None = None
    team: str | None = None
    assignee: str | None = None
    agreement: str | None = None
    conversation: str | None = None
    interaction: str | None = None
    order: str | None = None
    settled: Literal["completed", "cancelled"] | None = None
    settled_at: datetime | None = None
    outcome: str | None = None
    snoozed_until: datetime | None = None
    escalated: int = 0


def standing(state: FollowUpState, asked: datetime, conversation_waits: bool = False) -> Standing:
    """`waiting` means open while its conversation waits for somebody else."""
    if state.settled:
        return state.settled
    if state.snoozed_until is not None and asked < state.snoozed_until:
        return "snoozed"
    return "waiting" if conversation_waits else "open"


class FollowUpFold:
    kind = "follow_up"
    state = FollowUpState
    any_order = False

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        return (routes.follow_up,) if routes.follow_up and event.type.startswith("follow_up.") else ()

    def begin(self, external_id: str) -> FollowUpState:
        return FollowUpState(external_id=external_id)

    def apply(self, state: FollowUpState, event: Event) -> FollowUpState:
        data = event.data
        if isinstance(data, events.FollowUpOpened):
            return _opened(state, data, event)
        if isinstance(data, events.FollowUpAssigned):
            return evolve(state, assignee=data.assignee, team=data.team or state.team)
        if isinstance(data, events.FollowUpReleased):
            return evolve(state, assignee=None)
        if isinstance(data, events.FollowUpSnoozed):
            return evolve(state, snoozed_until=data.until)
        if isinstance(data, events.FollowUpRescheduled):
            return evolve(state, due_at=due_instant(data.due_at, event.zone))
        if isinstance(data, events.FollowUpEscalated):
            return _escalated(state, data)
        if isinstance(data, events.FollowUpCompleted | events.FollowUpCancelled):
            return _settled(state, data, event.occurred_at)
        if isinstance(data, events.FollowUpReopened):
            return _reopened(state, data, event)
        return state

    def founds(self, event: Event) -> bool:
        return event.type == "follow_up.opened"

    def shelve(self, state: FollowUpState) -> Shelf:
        return Shelf(
            visible=state.opened_at is not None,
            sort_at=state.opened_at or EARLIEST,
            closes_at=EARLIEST if state.settled else NEVER,
            due_at=state.due_at,
            priority=events.priority_rank(state.priority),
            team=state.team,
            assignee=state.assignee,
            label=state.kind,
            hidden_until=state.snoozed_until,
            conversation=state.conversation,
        )


def _opened(state: FollowUpState, data: events.FollowUpOpened, event: Event) -> FollowUpState:
    due = None if data.due_at is None else due_instant(data.due_at, event.zone)
    return evolve(
        state,
        opened_at=event.occurred_at,
        kind=data.kind,
        text=data.text,
        due_at=due,
        original_due_at=due,
        priority=data.priority,
        team=data.team,
        assignee=data.assignee,
        agreement=data.agreement_id,
        conversation=data.conversation_id,
        interaction=data.interaction_id,
        order=data.order_id,
        settled=None,
        settled_at=None,
    )


def _escalated(state: FollowUpState, data: events.FollowUpEscalated) -> FollowUpState:
    return evolve(
        state,
        team=data.team or state.team,
        assignee=data.assignee if data.assignee or data.team else state.assignee,
        priority=state.priority if data.priority is None else data.priority,
        escalated=state.escalated + 1,
    )


def _settled(
    state: FollowUpState, data: events.FollowUpCompleted | events.FollowUpCancelled, at: datetime
) -> FollowUpState:
    done: Literal["completed", "cancelled"] = (
        "completed" if isinstance(data, events.FollowUpCompleted) else "cancelled"
    )
    return evolve(state, settled=done, settled_at=at, outcome=data.outcome, snoozed_until=None)


def _reopened(state: FollowUpState, data: events.FollowUpReopened, event: Event) -> FollowUpState:
    due = state.due_at if data.due_at is None else due_instant(data.due_at, event.zone)
    return evolve(state, settled=None, settled_at=None, outcome=None, due_at=due, snoozed_until=None)
