"""A customer: found by identifiers, in brief, and as a timeline."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access import requires
from api.answers import answer
from api.asking import (
    AsOf,
    Basis,
    Cursor,
    CustomerId,
    EventType,
    Limit,
    WaitFor,
    When,
    is_id,
    language_of,
    moment,
    wait,
)
from api.problems import Problem, problems
from api.refusals import REDIRECTS
from api.roles import may
from api.schemas.customers import AskedIdentifier, Brief, LookedUp, LookUp, Timeline
from api.system import Here, System
from api.tokens import Principal
from klantbeeld.domain.events.words import Channel
from klantbeeld.ingest.normalise import normalise
from projections.reading.customers import Found
from projections.reading.identity_reads import IdentityReads
from projections.reading.lists import NO_ID
from projections.reading.problems import UnknownCustomer
from projections.reading.timeline import Filters
from projections.reading.warnings import warning

router = APIRouter(tags=["customers"])

Asker = Annotated[Principal, requires("lookup", "brief_of_verified")]
Reader = Annotated[Principal, requires("read_customers")]


@router.post(
    "/v1/customers/lookup",
    summary="Find the customer behind identifiers",
    response_model=LookedUp,
    responses=problems(404, 504),
)
def look_up(
    principal: Asker, given: LookUp, system: Here, request: Request, wait_for: WaitFor = None
) -> Response:
    wait(system, wait_for)
    _check_verified(principal, given.identifiers)
    region = system.settings.region
    asked = [(one.type, normalise(one.type, one.value, region)) for one in given.identifiers]
    found = system.reads.lookup(asked)
    if not may(principal.role, "lookup"):
        found = _proven(system, found)
    told = _told(system, found, "brief" in given.include, language_of(request))
    if "brief" in told and not may(principal.role, "lookup"):
        told["brief"] = _without_the_household(told["brief"])
    return answer(told)


def _check_verified(principal: Principal, identifiers: Sequence[AskedIdentifier]) -> None:
    """Who may see verified customers only must be trusted to have verified all that it asks by."""
    if may(principal.role, "lookup"):
        return
    if not principal.attests or any(one.strength != "verified" for one in identifiers):
        raise Problem(403, "not_verified")


def _proven(system: System, found: Found) -> Found:
    """Where no person looks at the answer: no candidates, and of a customer what is proven to be the asker's."""
    if not found.who:
        raise UnknownCustomer
    return replace(found, who=IdentityReads(system.reads).proven_part(found))


def _without_the_household(brief: dict[str, Any]) -> dict[str, Any]:
    """Contacts that may be another's are no affair of the one who asks."""
    warnings = [one for one in brief["warnings"] if one["code"] != "unattributed_contacts"]
    return {**brief, "unattributed": [], "warnings": warnings}


def _told(system: System, found: Found, brief: bool, language: str) -> dict[str, Any]:
    warnings = [warning("identifier_not_verified", None, language)] if found.stated else []
    told = {
        "customer_id": found.who and found.who.customer_id,
        "candidates": found.candidates,
        "more_candidates": found.more,
        "warnings": warnings,
    }
    if found.who and brief:
        shown = system.reads.brief_of(found.who, language)
        shown["warnings"] = [*warnings, *shown["warnings"]]
        return {**told, "brief": shown, "freshness": shown["freshness"]}
    return {**told, "freshness": system.reads.freshness()}


@router.get(
    "/v1/customers/{customer_id}",
    summary="Read the brief of a customer",
    response_model=Brief,
    responses={**REDIRECTS, **problems(404, 409, 504)},
)
def read_customer(
    _: Reader,
    system: Here,
    request: Request,
    customer_id: CustomerId,
    as_of: AsOf = None,
    as_of_basis: Basis = "recorded",
    wait_for: WaitFor = None,
) -> Response:
    wait(system, wait_for)
    return answer(system.reads.brief(customer_id, moment(as_of, as_of_basis), language_of(request)))


@router.get(
    "/v1/customers/{customer_id}/timeline",
    summary="Page through the timeline of a customer",
    response_model=Timeline,
    responses={**REDIRECTS, **problems(404, 409, 504)},
)
def read_timeline(
    _: Reader,
    request: Request,
    system: Here,
    customer_id: CustomerId,
    limit: Limit = 50,
    cursor: Cursor = None,
    channel: Annotated[list[Channel] | None, Query()] = None,
    type: Annotated[list[EventType] | None, Query(description="Without the prefix `klantbeeld.`")] = None,
    agent: Annotated[str | None, Query(max_length=128)] = None,
    order_id: Annotated[str | None, Query(max_length=128)] = None,
    since: Annotated[When | None, Query(alias="from", description="Inclusive")] = None,
    until: Annotated[When | None, Query(alias="to", description="Exclusive")] = None,
    as_of: AsOf = None,
    as_of_basis: Basis = "recorded",
    wait_for: WaitFor = None,
) -> Response:
    wait(system, wait_for)
    filters = Filters(
        channels=_any_of(channel),
        types=_any_of(type),
        agent=agent,
        order_id=order_id if order_id is None or is_id(order_id) else NO_ID,
        since=since,
        until=until,
    )
    page = system.reads.timeline(
        customer_id,
        filters,
        cursor=cursor,
        limit=limit,
        language=language_of(request),
        moment=moment(as_of, as_of_basis),
    )
    return answer(page, headers={"Vary": "Accept-Language"})


def _any_of(words: Sequence[str] | None) -> tuple[str, ...] | None:
    """In one order, so that a cursor fits however they were written."""
    return tuple(sorted(set(words))) if words else None
