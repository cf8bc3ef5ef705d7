"""Access tokens: JSON Web Tokens signed with the local key. What a principal may do is in `api.roles`."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt

from api.roles import ROLES, Role
from klantbeeld.log.sealing import derived

ALGORITHM = "HS256"
SKEW = timedelta(seconds=60)
"""How far the clock of another machine that issues access tokens may run ahead."""


class BadToken(Exception):
    """An access token that proves nothing. `code` is `bad_token` or `token_expired`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. `id` is what `assignee=me` means; `sources` and `types` are shell patterns."""

    id: str
    role: Role
    name: str
    expires_at: datetime
    sources: tuple[str, ...] = ("*",)
    types: tuple[str, ...] = ("*",)
    attests: bool = False
    team: str | None = None


def issue(
    key: bytes,
    *,
    role: Role,
    name: str,
    now: datetime,
    days: float,
    id: str | None = None,
    sources: Sequence[str] = (),
    types: Sequence[str] = (),
    attests: bool = False,
    team: str | None = None,
) -> str:
    """A signed access token. `id` is the name when absent; no patterns mean any source or type."""
    claims: dict[str, Any] = {"sub": id or name, "role": role, "name": name}
    if sources:
        claims["sources"] = list(sources)
    if types:
        claims["types"] = list(types)
    if attests:
        claims["attest"] = True
    if team:
        claims["team"] = team
    claims["iat"] = int(now.timestamp())
    claims["exp"] = int((now + timedelta(days=days)).timestamp())
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def principal_of(token: str, key: bytes, now: datetime) -> Principal:
    """Whom the access token names. Raises `BadToken`."""
    found, issued_at = _signed(token, key)
    if found.expires_at <= now:
        raise BadToken("token_expired")
    if issued_at > now + SKEW:
        raise BadToken("bad_token")
    return found


@lru_cache(maxsize=1024)
def _signed(token: str, key: bytes) -> tuple[Principal, datetime]:
    """What a token says, and since when, whatever the time is now: the same for each request of a session."""
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_OPTIONS)
        return _principal(claims), _instant(claims["iat"])
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, OSError):
        raise BadToken("bad_token") from None


def csrf_token(key: bytes, token: str) -> str:
    """What a page must send along with every write of a session: it follows from the access token."""
    return hmac.digest(derived(key, "csrf"), token.encode("utf-8", "surrogatepass"), "sha256").hex()


_OPTIONS: Any = {
    "require": ["sub", "role", "name", "iat", "exp"],
    "verify_exp": False,  # judged by the system's clock
    "verify_iat": False,
    "verify_aud": False,
}


def _principal(claims: Mapping[str, Any]) -> Principal:
    role = claims["role"]
    if role not in ROLES:
        raise ValueError("role")
    team = claims.get("team")
    return Principal(
        id=_text(claims["sub"]),
        role=role,
        name=_text(claims["name"]),
        expires_at=_instant(claims["exp"]),
        sources=_patterns(claims.get("sources")),
        types=tuple(pattern.removeprefix("klantbeeld.") for pattern in _patterns(claims.get("types"))),
        attests=claims.get("attest") is True,
        team=None if team is None else _text(team),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("text")
    return value


def _patterns(value: Any) -> tuple[str, ...]:
    if value is None:
        return ("*",)
    if not isinstance(value, list):
        raise ValueError("patterns")
    return tuple(_text(pattern) for pattern in value)


def _instant(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("instant")
    return datetime.fromtimestamp(value, UTC)
