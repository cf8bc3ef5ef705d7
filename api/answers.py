"""JSON answers, written fast and strictly: no NaN, instants in UTC with `Z`."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Response

_encode = msgspec.json.Encoder().encode


def answer(
    content: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """`content` is anything that msgspec writes: dictionaries, lists, structs, dataclasses."""
    return Response(_encode(content), status_code=status, headers=headers, media_type=media_type)
