"""Who asks, and whether that principal may: an access token in the header, or one in the cookie of a session.

Which role may do what is written in `api.roles`.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Problem
from api.roles import Capability, may
from api.system import Here
from api.tokens import BadToken, Principal, csrf_token, principal_of

COOKIE: Final = "klantbeeld_session"
CSRF_HEADER: Final = "X-CSRF-Token"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    scheme_name="access_token",
    bearerFormat="JWT",
    description="An access token, as `klantbeeld token` makes one.",
    auto_error=False,
)
_cookie = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description=f"A session made by POST /v1/session. Writes need `{CSRF_HEADER}` as well.",
    auto_error=False,
)


async def _given_token(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
    system: Here,
) -> str:
    """The access token: that of the header, else that of the cookie, whose writes need proof that they are meant."""
    if "authorization" in request.headers or not cookie:
        if bearer is None:
            raise Problem(401, "no_token", headers={"WWW-Authenticate": "Bearer"})
        return bearer.credentials
    if request.method not in _READING:
        _check_csrf(request.headers.get(CSRF_HEADER, ""), csrf_token(system.token_key, cookie))
    return cookie


async def _principal(token: Annotated[str, Depends(_given_token)], system: Here) -> Principal:
    try:
        return principal_of(token, system.token_key, system.clock())
    except BadToken as error:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Problem(401, error.code, headers=challenge) from None


def requires(*capabilities: Capability) -> Any:
    """A dependency that lets in who has at least one of the capabilities; without any: who has an access token.

    Use `principal: Annotated[Principal, requires("search")]` as the first parameter: it is asked first.
    """

    # Async because it does no work: FastAPI would give a sync dependency a thread of its own.
    async def check(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
        if capabilities and not may(principal.role, *capabilities):
            raise Problem(403, "not_allowed", role=principal.role)
        return principal

    _ASKED[check] = capabilities
    return Depends(check)


def asked_by(check: Callable[..., Any] | None) -> tuple[Capability, ...] | None:
    """The capabilities that a dependency made by `requires` asks for; None for any other function."""
    return _ASKED.get(check) if check else None


_ASKED: Final[dict[Callable[..., Any], tuple[Capability, ...]]] = {}

GivenToken = Annotated[str, Depends(_given_token)]


def _check_csrf(given: str, expected: str) -> None:
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Problem(403, "bad_csrf_token")
