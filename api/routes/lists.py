"""What a customer has, kind by kind: orders, agreements, contacts, follow-ups."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access import requires
from api.answers import answer
from api.asking import Cursor, CustomerId, Limit, WaitFor, wait
from api.problems import problems
from api.refusals import REDIRECTS
from api.schemas.entities import AgreementList, ContactList, FollowUpList, OrderList
from api.system import Here, System
from api.tokens import Principal

router = APIRouter(tags=["customers"], responses={**REDIRECTS, **problems(404, 409, 504)})

Reader = Annotated[Principal, requires("read_customers")]


@router.get(
    "/v1/customers/{customer_id}/orders",
    summary="List the orders of a customer, newest first",
    response_model=OrderList,
)
def list_orders(
    _: Reader,
    system: Here,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    return _listed(system, customer_id, "order", cursor, limit, wait_for)


@router.get(
    "/v1/customers/{customer_id}/agreements",
    summary="List the agreements with a customer, newest first",
    response_model=AgreementList,
)
def list_agreements(
    _: Reader,
    system: Here,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    return _listed(system, customer_id, "agreement", cursor, limit, wait_for)


@router.get(
    "/v1/customers/{customer_id}/contacts",
    summary="List the contacts with a customer, newest first",
    response_model=ContactList,
)
def list_contacts(
    _: Reader,
    system: Here,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    return _listed(system, customer_id, "conversation", cursor, limit, wait_for)


@router.get(
    "/v1/customers/{customer_id}/follow-ups",
    summary="List the follow-ups for a customer, newest first",
    response_model=FollowUpList,
)
def list_follow_ups(
    _: Reader,
    system: Here,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    return _listed(system, customer_id, "follow_up", cursor, limit, wait_for)


def _listed(
    system: System, customer_id: str, kind: str, cursor: str | None, limit: int, wait_for: str | None
) -> Response:
    wait(system, wait_for)
    return answer(system.reads.listed(customer_id, kind, cursor=cursor, limit=limit))
