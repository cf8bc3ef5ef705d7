"""How much one request may send."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Message, Receive, Scope

from api.problems import Problem

EVENTS_A_BATCH: Final = 1_000
BODY_BYTES: Final = 256 * 1024
BODY_BYTES_AT: Final[Mapping[str, int]] = {"/v1/events": 8 * 1024 * 1024}
"""Paths whose body may be larger (or must be smaller) than `BODY_BYTES`."""


def limited(scope: Scope, receive: Receive) -> Receive:
    """`receive` that stops with 413 as soon as the body is, or says it is, larger than its path allows."""
    limit = BODY_BYTES_AT.get(scope["path"], BODY_BYTES)
    announced, seen = _announced(scope), 0

    async def receive_limited() -> Message:
        nonlocal seen
        if announced > limit:
            raise Problem(413, "body_too_large", limit=limit)
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise Problem(413, "body_too_large", limit=limit)
        return message

    return receive_limited


def _announced(scope: Scope) -> int:
    """What Content-Length says; 0 when it says nothing that can be read."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0
    return 0
