"""Commands on a follow-up: assign, release, snooze, complete, cancel, reopen."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access import requires
from api.asking import EntityId
from api.commanding import Act, Order, carry_out
from api.entity_tags import TAGGED, IfMatch
from api.problems import Problem, problems
from api.routes.own_entries import assignee
from api.schemas.deeds import (
    AssignFollowUp,
    CancelFollowUp,
    CompleteFollowUp,
    Reasoned,
    ReopenFollowUp,
    SnoozeFollowUp,
)
from api.schemas.entities import OneFollowUp
from api.system import Here, System
from api.tokens import Principal
from api.writing import texts
from projections.reading.shapes import Shown

router = APIRouter(
    prefix="/v1/follow-ups/{id}",
    tags=["commands"],
    responses={200: {"headers": TAGGED}, **problems(404, 409, 412, 428, 503, 504)},
)

Commander = Annotated[Principal, requires("commands")]


@router.post("/assign", summary="Give a follow-up to an agent or a team", response_model=OneFollowUp)
def assign_follow_up(
    principal: Commander, system: Here, id: EntityId, given: AssignFollowUp, if_match: IfMatch = None
) -> Response:
    """Giving it to somebody else needs more than acting on it oneself."""
    if given.assignee is None and given.team is None:
        raise _misplaced("assignee", "missing")
    to = assignee(principal, given.assignee)
    act = Act(type="follow_up.assigned", data={**given.model_dump(), "assignee": to})
    return _if_open(system, principal, id, if_match, act)


@router.post("/release", summary="Put a follow-up back in the queue, nobody's", response_model=OneFollowUp)
def release_follow_up(
    principal: Commander, system: Here, id: EntityId, given: Reasoned | None = None, if_match: IfMatch = None
) -> Response:
    act = Act(type="follow_up.released", data=(given or Reasoned()).model_dump())
    return _if_open(system, principal, id, if_match, act)


@router.post("/snooze", summary="Hide a follow-up until later", response_model=OneFollowUp)
def snooze_follow_up(
    principal: Commander, system: Here, id: EntityId, given: SnoozeFollowUp, if_match: IfMatch = None
) -> Response:
    if given.until <= system.clock():
        raise _misplaced("until", "in_the_past")
    act = Act(type="follow_up.snoozed", data=texts(given.model_dump()))
    return _if_open(system, principal, id, if_match, act)


@router.post("/complete", summary="Complete a follow-up", response_model=OneFollowUp)
def complete_follow_up(
    principal: Commander,
    system: Here,
    id: EntityId,
    given: CompleteFollowUp | None = None,
    if_match: IfMatch = None,
) -> Response:
    """With the outcome `kept` the agreement that it belongs to is kept too."""
    told = (given or CompleteFollowUp()).model_dump()

    def decide(shown: Shown) -> Act:
        _check(shown, settled=False)
        return Act(type="follow_up.completed", data={**told, "agreement_id": shown.state.agreement})

    return carry_out(system, _order(principal, id, if_match), decide)


@router.post("/cancel", summary="Cancel a follow-up", response_model=OneFollowUp)
def cancel_follow_up(
    principal: Commander,
    system: Here,
    id: EntityId,
    given: CancelFollowUp | None = None,
    if_match: IfMatch = None,
) -> Response:
    act = Act(type="follow_up.cancelled", data=(given or CancelFollowUp()).model_dump())
    return _if_open(system, principal, id, if_match, act)


@router.post("/reopen", summary="Reopen a completed or cancelled follow-up", response_model=OneFollowUp)
def reopen_follow_up(
    principal: Commander,
    system: Here,
    id: EntityId,
    given: ReopenFollowUp | None = None,
    if_match: IfMatch = None,
) -> Response:
    told = (given or ReopenFollowUp()).model_dump()

    def decide(shown: Shown) -> Act:
        _check(shown, settled=True)
        return Act(type="follow_up.reopened", data=told)

    return carry_out(system, _order(principal, id, if_match), decide)


def _order(principal: Principal, id_: str, if_match: str | None) -> Order:
    return Order(principal=principal, kind="follow_up", id=id_, if_match=if_match)


def _if_open(system: System, principal: Principal, id_: str, if_match: str | None, act: Act) -> Response:
    def decide(shown: Shown) -> Act:
        _check(shown, settled=False)
        return act

    return carry_out(system, _order(principal, id_, if_match), decide)


def _check(shown: Shown, *, settled: bool) -> None:
    if bool(shown.state.settled) != settled:
        raise Problem(409, "already_settled" if shown.state.settled else "not_settled")


def _misplaced(name: str, code: str) -> Problem:
    return Problem(400, "bad_request", extras={"places": [{"in": "body", "name": name, "code": code}]})
