"""What an agent records: an agreement that was made, a follow-up to be done, an interaction that took place."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from api.access import requires
from api.answers import answer
from api.asking import CustomerId
from api.problems import Problem, problems
from api.references import Owner, interaction, named, owner
from api.refusals import REDIRECTS
from api.roles import may
from api.schemas.deeds import Entry, NewAgreement, NewFollowUp, NewInteraction, Recorded
from api.system import Here, System
from api.tokens import Principal
from api.writing import PREFIX_OF_OURS, Deed, IdempotencyKey, Written, new_id, texts, write_once
from klantbeeld.domain.routing import ALONE

router = APIRouter(
    tags=["own entries"],
    responses={
        201: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **REDIRECTS,
        **problems(404, 409, 422, 503),
    },
)

Recorder = Annotated[Principal, requires("own_entries")]

_REFERENCES: Final = frozenset(
    {"identifier", "interaction_id", "conversation_id", "order_id", "agreement_id"}
)


@router.post(
    "/v1/customers/{customer_id}/agreements",
    summary="Record an agreement",
    status_code=201,
    response_model=Recorded,
)
def record_agreement(
    principal: Recorder,
    system: Here,
    customer_id: CustomerId,
    given: NewAgreement,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    id_ = new_id(system, principal, idempotency_key)
    external_id = PREFIX_OF_OURS + id_
    owner_, references = _placed(system, customer_id, given)
    data = {
        "agreement_id": external_id,
        "made_by": {"kind": "agent", "id": principal.id},
        **given.model_dump(exclude=set(_REFERENCES)),
        **references,
    }
    deed = _deed("agreement.made", owner_, system.clock(), data)
    written = write_once(system, principal, deed, id_)
    ours = system.names.entity("agreement", external_id)
    return _made(written, ours, f"/v1/agreements/{ours}")


@router.post(
    "/v1/customers/{customer_id}/follow-ups",
    summary="Open a follow-up",
    status_code=201,
    response_model=Recorded,
)
def open_follow_up(
    principal: Recorder,
    system: Here,
    customer_id: CustomerId,
    given: NewFollowUp,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    id_ = new_id(system, principal, idempotency_key)
    external_id = PREFIX_OF_OURS + id_
    owner_, references = _placed(system, customer_id, given)
    data = {
        "follow_up_id": external_id,
        "by": principal.id,
        **given.model_dump(exclude=set(_REFERENCES)),
        **references,
        "agreement_id": named(system, "agreement", given.agreement_id),
        "assignee": assignee(principal, given.assignee),
    }
    deed = _deed("follow_up.opened", owner_, system.clock(), data)
    written = write_once(system, principal, deed, id_)
    ours = system.names.entity("follow_up", external_id)
    return _made(written, ours, f"/v1/follow-ups/{ours}")


@router.post(
    "/v1/customers/{customer_id}/interactions",
    summary="Record an interaction",
    status_code=201,
    response_model=Recorded,
)
def record_interaction(
    principal: Recorder,
    system: Here,
    customer_id: CustomerId,
    given: NewInteraction,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The Location is that of its conversation."""
    id_ = new_id(system, principal, idempotency_key)
    within = interaction(system, given.interaction_id)
    replied = interaction(system, given.in_reply_to, "in_reply_to")
    external_id = within.external_id if within else PREFIX_OF_OURS + id_
    conversation = named(system, "conversation", given.conversation_id)
    data = {
        **texts(given.model_dump(exclude={*_REFERENCES, "occurred_at"})),
        "interaction_id": external_id,
        "conversation_id": conversation,
        "in_reply_to": replied and replied.external_id,
        "agent": {"id": principal.id, "name": principal.name},
    }
    owner_ = owner(system, customer_id, within, given.identifier)
    deed = _deed("interaction.recorded", owner_, given.occurred_at or system.clock(), data)
    written = write_once(system, principal, deed, id_, dated=given.occurred_at is not None)
    thread = system.names.entity("conversation", conversation or ALONE + external_id)
    return _made(written, system.names.entity("interaction", external_id), f"/v1/conversations/{thread}")


def assignee(principal: Principal, given: str | None) -> str | None:
    """Whom it is given to. Only some may give work to somebody else."""
    found = principal.id if given == "me" else given
    if found not in (None, principal.id) and not may(principal.role, "assign_others"):
        raise Problem(403, "not_allowed", role=principal.role)
    return found


def _deed(type_: str, whose: Owner, at: datetime, data: dict[str, Any]) -> Deed:
    return Deed(type=type_, owner=whose.identifier, among=whose.among, at=at, data=data)


def _placed(system: System, customer_id: str, given: Entry) -> tuple[Owner, dict[str, Any]]:
    """The owner of an entry, and external ids of what it belongs to."""
    within = interaction(system, given.interaction_id)
    references = {
        "interaction_id": within and within.external_id,
        "conversation_id": named(system, "conversation", given.conversation_id),
        "order_id": named(system, "order", given.order_id),
    }
    return owner(system, customer_id, within, given.identifier), references


def _made(written: Written, id_: str, location: str) -> Response:
    content = {"id": id_, "event_id": written.event_id, "position": written.position}
    return answer(content, 201, {"Location": location})
