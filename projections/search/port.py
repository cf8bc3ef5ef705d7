"""What search promises, whatever engine stands behind it. Documents carry tokens, never customer ids.

What a query means is said once, in `query`, and holds for every engine: the same documents are found. How they
are ranked is the engine's own; ranks of two engines cannot be compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from klantbeeld.domain.events.event import Token

Kind = Literal["customer", "contact", "order"]
DEFAULT_LIMIT, MOST = 20, 100


class BadCursor(ValueError):
    """The cursor was not given out for this query with these filters."""

    code = "bad_cursor"


class SearchAway(Exception):
    """The search engine does not answer. Search waits for it and catches up; nothing else does."""

    code = "search_away"


class SearchIndexMissing(SearchAway):
    """The search index is not there. `klantbeeld rebuild` makes it anew."""

    code = "search_index_missing"


class SearchRejected(Exception):
    """The search engine refuses documents, whenever they are given; all others of the call are stored, and what it had
    under the ids of these is gone. `reasons` are its codes by id.
    """

    code = "search_rejected"

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(str(self.__doc__))
        self.reasons = reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing that can be found.

    `id` is a uuid in text form and unique over all kinds. `owner` is the token whose customer it belongs to. `names` are
    names of people and companies: they are found in spite of a typing error. Text is as people wrote it; folding is the
    index's work.
    """

    id: str
    kind: Kind
    owner: Token
    entity_id: str
    occurred_at: datetime
    version: int
    channel: str | None = None
    title: str = ""
    body: str = ""
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """`kinds` and `channels`: any of these, empty means all; a document without a channel is on none.
    `start` is inclusive, `end` exclusive.
    """

    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`title` is plain text. `highlight` is HTML: the text escaped, with `<mark>` around what was found.

    A higher `score` is a better hit, within one answer.
    """

    kind: Kind
    entity_id: str
    owner: Token
    title: str
    highlight: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    hits: Sequence[Hit]
    next_cursor: str | None = None


NO_FILTERS = Filters()


class SearchIndex(Protocol):
    """Holds at most one document an id. Every call blocks until it is done and may be repeated without harm.

    An engine outside PostgreSQL raises `SearchAway` when it is away; then some of what was given may be stored.
    """

    def put(self, documents: Iterable[Document]) -> None:
        """Store these in place of what has their ids. A document whose version is not newer than the stored one's is
        left out, without an error: somebody else was later. An engine outside PostgreSQL raises `SearchRejected`.
        """

    def delete(self, ids: Sequence[str], version: int) -> None:
        """Remove what has these ids and an older version. What is not there is no error. Nothing remembers the
        deletion: a writer that could come late must hold its lock from reading what it writes until it has written it.
        """

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these ids have a document; sees all that was put before."""

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page:
        """The documents that match, best first, at most `limit` of them (1 to 100; beyond is cut to it).

        Any text is a query. One without a word in it finds nothing. Pages that follow one cursor after another
        repeat nothing and leave nothing out, as long as nothing is written in between. What was put may take a moment
        to be found. Raises `BadCursor`.
        """

    def size(self) -> int:
        """How many documents are held."""


def bounded(limit: int) -> int:
    return max(1, min(limit, MOST))
