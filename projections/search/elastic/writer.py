"""One writer's way to the index, inside a transaction that holds the locks of what it writes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.search.elastic.index import ElasticSearchIndex
from projections.search.port import NO_FILTERS, Document, Filters, Page, SearchAway

SQL = load("projections.search", "queries.sql")
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ElasticWriter:
    """What is refused because of a newer version is tried again under one that is newer still.

    Nobody else writes these documents while their locks are held. So a newer one is there only because PostgreSQL died
    and forgot that it had given out its version. If the locks are lost, so is the connection, and asking for another
    version fails.
    """

    index: ElasticSearchIndex
    connection: Connection

    def put(self, documents: Iterable[Document]) -> None:
        found = list(documents)
        wanted = {one.id: one for one in found}

        def put(ids: Sequence[str], version: int | None) -> list[str]:
            chosen = found if version is None else [replace(wanted[id_], version=version) for id_ in ids]
            return self.index.written(chosen)

        self._insist(put, list(wanted), max((one.version for one in found), default=0))

    def delete(self, ids: Sequence[str], version: int) -> None:
        self._insist(lambda some, newer: self.index.deleted(some, newer or version), list(ids), version)

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        return self.index.present(ids)

    def search(
        self, query: str, filters: Filters = NO_FILTERS, *, cursor: str | None = None, limit: int = 20
    ) -> Page:
        return self.index.search(query, filters, cursor=cursor, limit=limit)

    def size(self) -> int:
        return self.index.size()

    def _insist(
        self, write: Callable[[Sequence[str], int | None], list[str]], ids: Sequence[str], version: int
    ) -> None:
        left, newer = write(ids, None), version
        for _ in range(ATTEMPTS):
            ahead = {held.id: held.version for held in self.index.get(left, False) if held.version > newer}
            if not ahead:
                return
            newer = self._newer_than(max(ahead.values()))
            left = write(list(ahead), newer)
        raise SearchAway(str(SearchAway.__doc__))

    def _newer_than(self, version: int) -> int:
        row = self.connection.execute(SQL["raise_version"], {"met": version}).fetchone()
        assert row
        return int(row[0])
