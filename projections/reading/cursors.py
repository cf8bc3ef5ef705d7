"""Cursors: a place in a list, sealed, and bound to the filters it was made with.

They hold vendor ids, which may contain a phone number, and stand in URLs: so they are encrypted.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from klantbeeld.log.sealing import SealBroken, seal, unseal
from projections.reading.problems import BadCursor


class Cursors:
    """`key`: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, place: Any, filters: Mapping[str, Any], back: bool = False) -> str:
        """A cursor for `place`, a value that JSON can hold. `back` marks one for what is newer."""
        clear = msgspec.json.encode([back, place])
        return base64.urlsafe_b64encode(seal(self._key, clear, _bound(filters))).decode().rstrip("=")

    def read(self, cursor: str, filters: Mapping[str, Any], place: Any) -> tuple[bool, Any]:
        """(back, place). Raises `BadCursor`."""
        try:
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            clear = unseal(self._key, sealed, _bound(filters))
            back, raw = msgspec.json.decode(clear, type=tuple[bool, msgspec.Raw])
            return back, msgspec.json.decode(raw, type=place)
        except (ValueError, SealBroken, msgspec.MsgspecError) as error:
            raise BadCursor from error


def _bound(filters: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(filters, order="sorted")).hexdigest()
