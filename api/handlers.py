"""From exceptions to problem documents."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.problems import Problem, response
from api.refusals import Handler, refusals
from klantbeeld.log.port import LogUnavailable
from projections.search.port import SearchAway

RETRY_AFTER: Final = "5"


def handlers() -> Mapping[type[Exception], Handler]:
    return {
        Problem: _problem,
        HTTPException: _http,
        RequestValidationError: _invalid,
        LogUnavailable: _log_unavailable,
        SearchAway: _search_away,
        **refusals(),
    }


async def _problem(request: Request, error: Exception) -> Response:
    return response(request, cast(Problem, error))


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself."""
    status = cast(HTTPException, error).status_code
    if status == 404:
        return response(request, Problem(404, "not_found"))
    if status == 405:
        return response(request, Problem(405, "method_not_allowed", headers={"Allow": _allowed(request)}))
    return response(request, Problem(status, "bad_json" if status == 400 else f"http_{status}"))


async def _log_unavailable(request: Request, error: Exception) -> Response:
    code = cast(LogUnavailable, error).code
    return response(request, Problem(503, code, headers={"Retry-After": RETRY_AFTER}))


async def _search_away(request: Request, error: Exception) -> Response:
    return response(request, Problem(503, "search_away", headers={"Retry-After": RETRY_AFTER}))


async def _invalid(request: Request, error: Exception) -> Response:
    errors = cast(RequestValidationError, error).errors()
    if any(one["type"] == "json_invalid" for one in errors):
        return response(request, Problem(400, "bad_json"))
    known = _names(request.app)
    places = [_place(one, known) for one in errors]
    return response(request, Problem(400, "bad_request", extras={"places": places}))


def _place(error: Mapping[str, Any], known: frozenset[str]) -> dict[str, str]:
    """Where, and which rule: of a rule on a whole, the `member` that its context names. A name that is none of ours was
    sent, so it is not repeated.
    """
    where, *names = error["loc"]
    names += filter(None, [error.get("ctx", {}).get("member")])
    path = [str(name) if isinstance(name, int) or name in known else "*" for name in names]
    return {"in": str(where), "name": ".".join(path), "code": error["type"]}


def _names(app: FastAPI) -> frozenset[str]:
    """Every name of a parameter or a member that the API itself has."""
    if not hasattr(app.state, "names"):
        app.state.names = frozenset(_names_in(app.openapi()))
    return cast(frozenset[str], app.state.names)


def _names_in(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _names_in(item)
    elif isinstance(node, dict):
        yield from node.get("properties", ())
        if "in" in node and isinstance(node.get("name"), str):
            yield node["name"]
        for item in node.values():
            yield from _names_in(item)


def _allowed(request: Request) -> str:
    """The methods of every route at this path; the framework names those of the first one only."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path and route.methods and compile_path(route.path)[0].match(request.url.path):
            methods |= set(route.methods)
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
