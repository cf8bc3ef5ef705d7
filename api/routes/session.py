"""A session for a page: the access token goes into a cookie that scripts cannot read."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access import COOKIE, GivenToken, requires
from api.answers import answer
from api.roles import CAPABILITIES, may
from api.schemas.operations import Session
from api.system import Here, System
from api.tokens import Principal, csrf_token

router = APIRouter(tags=["session"])


@router.post("/v1/session", summary="Begin a session", response_model=Session)
def begin_session(principal: Annotated[Principal, requires()], token: GivenToken, system: Here) -> Response:
    begun = answer(_told(principal, token, system))
    left = int((principal.expires_at - system.clock()).total_seconds())
    begun.set_cookie(
        COOKIE, token, max_age=left, path="/", secure=_secure(system), httponly=True, samesite="strict"
    )
    return begun


@router.get("/v1/session", summary="See whom the access token names", response_model=Session)
def see_session(principal: Annotated[Principal, requires()], token: GivenToken, system: Here) -> Response:
    return answer(_told(principal, token, system))


@router.delete("/v1/session", summary="End the session", status_code=204, response_class=Response)
def end_session(system: Here) -> Response:
    """Needs no access token, so that a session with an expired one can be ended too."""
    ended = Response(status_code=204)
    ended.delete_cookie(COOKIE, path="/", secure=_secure(system), httponly=True, samesite="strict")
    return ended


def _told(principal: Principal, token: str, system: System) -> dict[str, object]:
    return {
        "id": principal.id,
        "name": principal.name,
        "role": principal.role,
        "team": principal.team,
        "capabilities": [capability for capability in CAPABILITIES if may(principal.role, capability)],
        "expires_at": principal.expires_at,
        "csrf_token": csrf_token(system.token_key, token),
    }


def _secure(system: System) -> bool:
    """Browsers send a secure cookie over https only."""
    return (system.settings.public_url or "").startswith("https:")
