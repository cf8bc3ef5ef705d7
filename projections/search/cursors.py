"""Cursors of search: where a page ended, bound to the query and its filters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal
from uuid import UUID

import msgspec

from projections.search.port import BadCursor, Filters

Mode = Literal["ranked", "newest", "counted"]
RANKED: tuple[Mode, ...] = ("ranked", "newest")
COUNTED: tuple[Mode, ...] = ("counted",)


@dataclass(frozen=True, slots=True)
class Place:
    """The last hit of a page. `newest`: the answer is in order of time, and `score` says nothing; `counted`: the score
    means points, as Elasticsearch counts them.
    """

    mode: Mode
    score: int
    at: datetime
    id: str


def encode(place: Place, query: str, filters: Filters) -> str:
    fields = [_mark(query, filters), place.mode, place.score, place.at.isoformat(), place.id]
    return urlsafe_b64encode(msgspec.json.encode(fields)).decode().rstrip("=")


def decode(cursor: str, query: str, filters: Filters, modes: Collection[Mode] = RANKED) -> Place:
    """The place of a cursor of one of these modes. Raises `BadCursor`."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        mark, mode, score, at, id_ = msgspec.json.decode(raw, type=tuple[str, Mode, int, str, str])
        place = Place(mode, score, datetime.fromisoformat(at).astimezone(UTC), str(UUID(id_)))
    except (ValueError, OverflowError, msgspec.MsgspecError):
        raise BadCursor("unreadable") from None
    if mark != _mark(query, filters) or mode not in modes or not -(2**62) < score < 2**62:
        raise BadCursor("of another query")
    return place


def _mark(query: str, filters: Filters) -> str:
    """A short hash, so that the query does not stand in the cursor."""
    said = [query, sorted(filters.kinds), sorted(filters.channels), str(filters.start), str(filters.end)]
    text = repr(said).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=8).hexdigest()
