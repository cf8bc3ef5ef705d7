"""The outermost layer of the API: protective headers, HEAD, body limits, timing, the last resort for errors."""

import logging
import secrets
from time import perf_counter
from typing import Any, Final

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import limited
from api.metrics import Metrics
from api.problems import Problem, response
from klantbeeld.failures import place_of

log = logging.getLogger("klantbeeld.api")

CLIENT_LEFT: Final = 499
"""The status under which a request is counted whose caller went away; nobody sees it."""

HEADERS: Final[dict[bytes, bytes]] = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""Added to every answer that does not set them itself."""


class Edge:
    """ASGI middleware. The application inside never sees HEAD: it answers GET, and the body is left out."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        answer = _Answer(send, bare=inner is not scope)
        try:
            if _has_nul(inner):
                await _refuse(Problem(400, "control_character"), inner, receive, answer)
            else:
                await self.app(inner, limited(inner, receive), answer.send)
        except ClientDisconnect:
            answer.status = CLIENT_LEFT
        except Exception as error:
            await _fail(error, inner, receive, answer)
        finally:
            self.metrics.answered(scope["method"], _route(inner), answer.status, perf_counter() - began)


class _Answer:
    """The answer on its way out. `bare`: without its body."""

    def __init__(self, send: Send, bare: bool) -> None:
        self._send, self._bare = send, bare
        self.status, self.started = 500, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            message = {**message, "headers": _with_defaults(message.get("headers", []))}
        elif self._bare:
            message = {**message, "body": b""}
        await self._send(message)


def _with_defaults(headers: Any) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return given + [(name, value) for name, value in HEADERS.items() if name not in names]


async def _fail(error: Exception, scope: Scope, receive: Receive, answer: _Answer) -> None:
    """An answer with an incident to look for in the log; the message of the error stays out of both."""
    incident = secrets.token_hex(6)
    log.error("request_failed incident=%s route=%s error=%s", incident, _route(scope), place_of(error))
    if answer.started:
        return  # the server sees that the answer is not complete, and breaks the connection
    problem = Problem(500, "internal_error", extras={"incident": incident}, incident=incident)
    await _refuse(problem, scope, receive, answer)


async def _refuse(problem: Problem, scope: Scope, receive: Receive, answer: _Answer) -> None:
    await response(Request(scope, receive), problem)(scope, receive, answer.send)


def _has_nul(scope: Scope) -> bool:
    """PostgreSQL knows no NUL in a text, so no path or parameter may hold one."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]


def _route(scope: Scope) -> str:
    """The path as the route has it, with names in place of ids."""
    return str(getattr(scope.get("route"), "path", "(none)"))
