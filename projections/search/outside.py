"""What a search engine outside PostgreSQL adds to the port: an index for each generation of the read models.

Which index that is stands in the read models themselves (`search_generation`), so it comes and goes with them, and whoever
writes inside a fenced transaction writes to the right one. Readers go by an alias.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from klantbeeld.log.postgres.database import Connection
from projections.search.port import DEFAULT_LIMIT, NO_FILTERS, Document, Filters, Page, SearchIndex

Fill = Callable[[Connection, Callable[[Connection], SearchIndex]], Iterator[int]]
"""Puts all documents there are into an index, portion by portion; tells after each how many it put."""


@dataclass(slots=True)
class Audit:
    """Ids that differ, each with `altered`, `missing` or `extra`, as many as are told; how many there are; and those that
    are being written at this moment, so that nothing can be said yet.
    """

    told: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    undecided: list[str] = field(default_factory=list)


class Unfilled(Exception):
    """The new search index does not hold what was written to it. Look at the search engine's log, and rebuild again."""

    code = "search_index_unfilled"


class Reader(SearchIndex, Protocol):
    """For readers. It holds nobody up for long: while the engine is away, most calls fail at once."""

    def refresh(self) -> None:
        """Let searches find all that was written up to now."""


@runtime_checkable
class Engine(Protocol):
    """All of it raises `SearchAway`."""

    @property
    def reader(self) -> Reader:
        """What the alias names."""

    def __call__(self, connection: Connection) -> SearchIndex:
        """The index of the read models that the connection sees, for a writer inside a transaction."""

    def prepared(self, connection: Connection, fill: Fill) -> Iterator[None]:
        """See to it that the live read models have an index, and the alias names it; in steps of about a second. An index
        that is missing is made and filled. Not inside a transaction.
        """

    def filled(self, connection: Connection, count: int) -> None:
        """The index of the read models that the connection sees was filled with so many documents: make it ready for
        reading. Raises `Unfilled`.
        """

    def given_out(self, connection: Connection, live: str) -> int:
        """The newest version that was given to a document of this schema."""

    def audit(
        self,
        connection: Connection,
        live: str,
        given_out: int,
        expected: Iterable[Document],
        only: Sequence[str] | None = None,
    ) -> Audit:
        """Compare what the index of the schema `live` holds with what it should: `expected`, in the order of ids.

        `given_out` was asked for before the moment whose documents these are. `only`: look at these ids alone.
        """

    def settle(self, connection: Connection, live: str) -> None:
        """Let the alias name the index of this schema, and remove all others. Only while no replay can begin."""


class Nowhere:
    """Takes documents and keeps none, for read models that only serve a comparison."""

    def put(self, documents: Iterable[Document]) -> None:
        """Nothing is kept."""

    def delete(self, ids: Sequence[str], version: int) -> None:
        """There is nothing."""

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        """As if all were there, so that none is written."""
        return frozenset(ids)

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page:
        return Page(hits=[])

    def size(self) -> int:
        return 0
