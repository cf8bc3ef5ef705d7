"""Commands on an agreement: reschedule, keep, withdraw."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response

from api.access import requires
from api.asking import EntityId
from api.commanding import Act, Order, carry_out
from api.entity_tags import TAGGED, IfMatch
from api.problems import Problem, problems
from api.schemas.deeds import KeepAgreement, Reasoned, RescheduleAgreement
from api.schemas.entities import OneAgreement
from api.system import Here, System
from api.tokens import Principal
from klantbeeld.domain.agreements import verdict
from projections.reading.shapes import Shown

router = APIRouter(
    prefix="/v1/agreements/{id}",
    tags=["commands"],
    responses={200: {"headers": TAGGED}, **problems(404, 409, 412, 428, 503, 504)},
)

Commander = Annotated[Principal, requires("commands")]


@router.post("/reschedule", summary="Give an agreement another due time", response_model=OneAgreement)
def reschedule_agreement(
    principal: Commander, system: Here, id: EntityId, given: RescheduleAgreement, if_match: IfMatch = None
) -> Response:
    def decide(shown: Shown) -> Act:
        _check_unsettled(shown, system)
        return Act(type="agreement.rescheduled", data=given.model_dump())

    return carry_out(system, _order(principal, id, if_match), decide)


@router.post("/keep", summary="Say that an agreement was kept", response_model=OneAgreement)
def keep_agreement(
    principal: Commander,
    system: Here,
    id: EntityId,
    given: KeepAgreement | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Kept in time it is `kept`, however late that is said; kept too late it stays `broken`."""
    told = given or KeepAgreement()

    def decide(shown: Shown) -> Act:
        _check_unsettled(shown, system)
        at = told.kept_at and _past(told.kept_at, system)
        return Act(type="agreement.kept", data=told.model_dump(exclude={"kept_at"}), at=at)

    return carry_out(system, _order(principal, id, if_match), decide)


@router.post("/withdraw", summary="Withdraw an agreement", response_model=OneAgreement)
def withdraw_agreement(
    principal: Commander, system: Here, id: EntityId, given: Reasoned | None = None, if_match: IfMatch = None
) -> Response:
    told = given or Reasoned()

    def decide(shown: Shown) -> Act:
        _check_unsettled(shown, system)
        return Act(type="agreement.withdrawn", data=told.model_dump())

    return carry_out(system, _order(principal, id, if_match), decide)


def _order(principal: Principal, id_: str, if_match: str | None) -> Order:
    return Order(principal=principal, kind="agreement", id=id_, if_match=if_match)


def _check_unsettled(shown: Shown, system: System) -> None:
    """A broken one can still be rescheduled, or turn out to have been kept in time."""
    if verdict(shown.state, system.clock()) in ("kept", "withdrawn"):
        raise Problem(409, "already_settled")


def _past(at: datetime, system: System) -> datetime:
    if at > system.clock():
        places = [{"in": "body", "name": "kept_at", "code": "in_the_future"}]
        raise Problem(400, "bad_request", extras={"places": places})
    return at
