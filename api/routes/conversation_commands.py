"""Commands on a conversation: hand over, wait, continue, resolve, reopen."""

from collections.abc import Container
from typing import Annotated, Final

from fastapi import APIRouter, Response

from api.access import requires
from api.asking import EntityId
from api.commanding import Act, Order, carry_out
from api.entity_tags import TAGGED, IfMatch
from api.problems import Problem, problems
from api.schemas.deeds import HandOver, Reasoned, Wait
from api.schemas.entities import ChangedConversation
from api.system import Here, System
from api.tokens import Principal
from klantbeeld.domain.conversations import STILL_GOING
from projections.reading.shapes import Shown

router = APIRouter(
    prefix="/v1/conversations/{id}",
    tags=["commands"],
    responses={200: {"headers": TAGGED}, **problems(404, 409, 412, 428, 503, 504)},
)

Commander = Annotated[Principal, requires("commands")]

OVER: Final = frozenset({"ended", "resolved"})
NOTHING: Final = frozenset[str]()


@router.post("/handover", summary="Hand a conversation over", response_model=ChangedConversation)
def hand_over_conversation(
    principal: Commander, system: Here, id: EntityId, given: HandOver, if_match: IfMatch = None
) -> Response:
    """Opens a conversation that was over."""
    told = given.model_dump(by_alias=True, exclude_none=True)
    act = Act(type="conversation.handed_over", data={"from": {"agent": principal.id}, **told})
    return _act(system, principal, id, if_match, act)


@router.post("/wait", summary="Let a conversation wait for somebody", response_model=ChangedConversation)
def let_conversation_wait(
    principal: Commander, system: Here, id: EntityId, given: Wait, if_match: IfMatch = None
) -> Response:
    act = Act(type="conversation.waiting", data=given.model_dump(by_alias=True))
    return _act(system, principal, id, if_match, act, OVER)


@router.post("/continue", summary="Go on with a conversation that waits", response_model=ChangedConversation)
def continue_conversation(
    principal: Commander, system: Here, id: EntityId, given: Reasoned | None = None, if_match: IfMatch = None
) -> Response:
    def decide(shown: Shown) -> Act:
        if shown.state.status != "waiting":
            raise Problem(409, "not_waiting")
        return Act(type="conversation.continued", data=(given or Reasoned()).model_dump())

    return carry_out(system, _order(principal, id, if_match), decide)


@router.post("/resolve", summary="Resolve a conversation", response_model=ChangedConversation)
def resolve_conversation(
    principal: Commander, system: Here, id: EntityId, given: Reasoned | None = None, if_match: IfMatch = None
) -> Response:
    act = Act(type="conversation.resolved", data=(given or Reasoned()).model_dump())
    return _act(system, principal, id, if_match, act, {"resolved"})


@router.post("/reopen", summary="Reopen a conversation that is over", response_model=ChangedConversation)
def reopen_conversation(
    principal: Commander, system: Here, id: EntityId, given: Reasoned | None = None, if_match: IfMatch = None
) -> Response:
    def decide(shown: Shown) -> Act:
        if shown.state.status in STILL_GOING:
            raise Problem(409, "not_settled")
        return Act(type="conversation.reopened", data=(given or Reasoned()).model_dump())

    return carry_out(system, _order(principal, id, if_match), decide)


def _order(principal: Principal, id_: str, if_match: str | None) -> Order:
    return Order(principal=principal, kind="conversation", id=id_, if_match=if_match)


def _act(
    system: System,
    principal: Principal,
    id_: str,
    if_match: str | None,
    act: Act,
    settled: Container[str] = NOTHING,
) -> Response:
    """Unless its state is one of the settled ones."""

    def decide(shown: Shown) -> Act:
        if shown.state.status in settled:
            raise Problem(409, "already_settled")
        return act

    return carry_out(system, _order(principal, id_, if_match), decide)
