"""One order, agreement, follow-up or conversation, with its entity tag."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from api.access import requires
from api.asking import Cursor, EntityId, Limit, WaitFor, language_of, wait
from api.entity_tags import TAGGED, UNCHANGED, IfNoneMatch, matches, tagged, unchanged
from api.problems import problems
from api.schemas.customers import OneConversation
from api.schemas.entities import OneAgreement, OneFollowUp, OneOrder
from api.system import Here, System
from api.tokens import Principal
from klantbeeld.domain.agreements import verdict
from klantbeeld.domain.times import EARLIEST

router = APIRouter(tags=["entities"], responses={200: {"headers": TAGGED}, **UNCHANGED, **problems(404, 504)})

Reader = Annotated[Principal, requires("read_customers")]

_FOLDED = ("conversation.", "interaction.recorded", "interaction.started", "interaction.classified")
"""Types of entries in a conversation that its entity tag stands for."""


@router.get("/v1/orders/{id}", summary="Read an order", response_model=OneOrder)
def read_order(
    _: Reader, system: Here, id: EntityId, if_none_match: IfNoneMatch = None, wait_for: WaitFor = None
) -> Response:
    wait(system, wait_for)
    return _told(system.reads.one("order", id), if_none_match)


@router.get("/v1/agreements/{id}", summary="Read an agreement", response_model=OneAgreement)
def read_agreement(
    _: Reader, system: Here, id: EntityId, if_none_match: IfNoneMatch = None, wait_for: WaitFor = None
) -> Response:
    wait(system, wait_for)
    return _told(system.reads.one("agreement", id), if_none_match, _verdict_lasts(system, id))


@router.get("/v1/follow-ups/{id}", summary="Read a follow-up", response_model=OneFollowUp)
def read_follow_up(
    _: Reader, system: Here, id: EntityId, if_none_match: IfNoneMatch = None, wait_for: WaitFor = None
) -> Response:
    wait(system, wait_for)
    shape = system.reads.one("follow_up", id)
    moving = shape["snoozed_until"] or shape["conversation_id"]
    return _told(shape, if_none_match, shape["state"] in ("completed", "cancelled") or not moving)


@router.get(
    "/v1/conversations/{id}",
    summary="Read a conversation with a page of its messages, oldest first",
    response_model=OneConversation,
)
def read_conversation(
    _: Reader,
    request: Request,
    system: Here,
    id: EntityId,
    cursor: Cursor = None,
    limit: Limit = 50,
    if_none_match: IfNoneMatch = None,
    wait_for: WaitFor = None,
) -> Response:
    wait(system, wait_for)
    language = language_of(request)
    shape = system.reads.conversation(id, cursor=cursor, limit=limit, language=language)
    page = shape["messages"]
    whole = cursor is None and page["next_cursor"] is None
    folded = all(one["type"].startswith(_FOLDED) for one in page["items"])
    return _told(shape, if_none_match, whole and folded)


def _told(shape: Mapping[str, Any], if_none_match: str | None, same: bool = True) -> Response:
    """304 when the caller has it, unless it may look otherwise by now though nothing happened to it (not `same`)."""
    if if_none_match is not None and same and matches(if_none_match, shape["etag"]):
        return unchanged(shape["etag"])
    return tagged(shape)


def _verdict_lasts(system: System, id_: str) -> bool:
    """Whether the verdict follows from what happened alone: time itself breaks agreements."""
    state = system.reads.raw("agreement", id_).state
    return verdict(state, system.clock()) == verdict(state, EARLIEST)
