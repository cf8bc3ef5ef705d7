"""Why a question has no plain answer, as HTTP: what the read side raises becomes a problem document or a redirect."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

from fastapi import Request, Response

from api.problems import Problem, response
from klantbeeld.domain.identifiers import BadIdentifier
from klantbeeld.log.positions import BadPosition
from projections.reading import problems as reading
from projections.search import port as searching

Handler = Callable[[Request, Exception], Awaitable[Response]]

CUSTOMERS: Final = "/v1/customers/"

STATUS: Final[Mapping[type[Exception], int]] = {
    reading.UnknownCustomer: 404,
    reading.UnknownEntity: 404,
    reading.UnknownLink: 404,
    reading.BadCursor: 400,
    searching.BadCursor: 400,
    reading.NotYetKnown: 409,
    reading.NotYetVisible: 504,
    BadPosition: 400,
    BadIdentifier: 400,
}

REDIRECTS: Final[dict[int | str, dict[str, Any]]] = {
    308: {
        "description": "The customer is known under another id now",
        "headers": {"Location": {"schema": {"type": "string"}}},
    }
}
"""For `responses=` of a route under a customer's id."""


def refusals() -> Mapping[type[Exception], Handler]:
    return {
        **dict.fromkeys(STATUS, _refused),
        reading.SharedIdentifier: _shared,
        reading.Redirected: _redirected,
    }


async def _refused(request: Request, error: Exception) -> Response:
    return response(request, Problem(STATUS[type(error)], cast(Any, error).code))


async def _shared(request: Request, error: Exception) -> Response:
    shared = cast(reading.SharedIdentifier, error)
    return response(request, Problem(409, shared.code, extras={"candidates": list(shared.candidates)}))


async def _redirected(request: Request, error: Exception) -> Response:
    """To the same sub-path and query. Not to be remembered: customers can part again."""
    base, _, rest = request.scope["path"].partition(CUSTOMERS)
    _, slash, below = rest.partition("/")
    query = request.scope["query_string"].decode("latin-1")
    target = f"{base}{CUSTOMERS}{cast(reading.Redirected, error).customer_id}{slash}{below}"
    where = f"{target}?{query}" if query else target
    return Response(status_code=308, headers={"Location": where, "Cache-Control": "no-store"})
