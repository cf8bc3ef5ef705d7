"""The search index on Elasticsearch."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from projections.search import cursors
from projections.search.cursors import Place
from projections.search.elastic import asking
from projections.search.elastic.client import WRITE_PATIENCE, Client, Write, Written
from projections.search.elastic.shape import Body, micros, moment, source, tombstone
from projections.search.highlight import Highlighter
from projections.search.port import (
    DEFAULT_LIMIT,
    NO_FILTERS,
    BadCursor,
    Document,
    Filters,
    Hit,
    Page,
    SearchRejected,
    bounded,
)
from projections.search.query import parse

SHOWN: Final = ["kind", "owner", "entity_id", "title", "body"]
EXACT: Final = 2**24
"""Scores below this are whole numbers to Elasticsearch too."""
MOST_ASKED: Final = 5_000
KEPT: Final = timedelta(days=1)
"""So long tombstones stay: no write is under way for longer."""
SCANNED: Final = 1_000
SCAN_PATIENCE: Final = "2m"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """What lies under an id: a document, or (`source["deleted"]`) a tombstone."""

    id: str
    version: int
    source: Body


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ElasticSearchIndex:
    """One index by the name of an alias, for any number of threads. What is written is found within a second, or after
    `refresh`.
    """

    client: Client
    alias: str
    clock: Callable[[], datetime] = utc_now

    def put(self, documents: Iterable[Document]) -> None:
        self.written(documents)

    def delete(self, ids: Sequence[str], version: int) -> None:
        self.deleted(ids, version)

    def written(self, documents: Iterable[Document]) -> list[str]:
        """As `put`; answers the ids of what was left out."""
        latest: dict[str, Document] = {}
        for document in documents:
            old = latest.get(document.id)
            if old is None or old.version < document.version:
                latest[document.id] = document
        result = self._write([Write(one.id, one.version, source(one)) for one in latest.values()])
        if result.rejected:
            self._refuse(latest, result.rejected)
        return result.older

    def deleted(self, ids: Sequence[str], version: int) -> list[str]:
        """As `delete`; answers the ids of what was left out."""
        now = self.clock()
        return self._write([Write(id_, version, tombstone(id_, now)) for id_ in ids]).older

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(one.id for one in self.get(ids, ["deleted"]) if not one.source["deleted"])

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page:
        after = self._place(cursor, query, filters) if cursor else None
        asked, limit = parse(query), bounded(limit)
        if not asked.clauses:
            return Page(hits=[])
        answer = self.client.ask_soon(
            lambda library: library.search(
                index=self.alias,
                query=asking.asked(asked, filters),
                sort=asking.ORDER,
                search_after=asking.after(after) if after else None,
                size=limit + 1,
                source_includes=SHOWN,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        )
        found, marker = answer["hits"]["hits"], Highlighter(asked)
        shown = found[:limit]
        more = len(found) > limit
        return Page(
            hits=[_hit(one, marker) for one in shown],
            next_cursor=cursors.encode(_reached(shown[-1]), query, filters) if more else None,
        )

    def size(self) -> int:
        self._refresh()
        found = self.client.ask(
            lambda library: library.count(index=self.alias, query=asking.HELD), WRITE_PATIENCE
        )
        return int(found["count"])

    def refresh(self) -> None:
        self.client.ask_soon(lambda library: library.indices.refresh(index=self.alias))

    def get(self, ids: Sequence[str], fields: Sequence[str] | bool = True) -> Iterator[Held]:
        """What lies under these ids at this very moment, tombstones too, in their order."""
        for start in range(0, len(ids), MOST_ASKED):
            portion = list(ids[start : start + MOST_ASKED])
            answer = self.client.insist(
                lambda library, portion=portion: library.mget(  # type: ignore[misc]
                    index=self.alias, ids=portion, source=fields
                )
            )
            for one in answer["docs"]:
                if one.get("found"):
                    yield Held(one["_id"], one["_version"], one.get("_source", {}))

    def scan(
        self, query: dict[str, Any] | None = None, fields: Sequence[str] | bool = True
    ) -> Iterator[Held]:
        """All there is at this moment, tombstones too, in the order of ids."""
        self._refresh()
        opened = self.client.ask(
            lambda library: library.open_point_in_time(
                index=self.alias, keep_alive=SCAN_PATIENCE, allow_partial_search_results=False
            )
        )
        view, after = opened["id"], None
        try:
            while True:
                answer = self._scanned(view, after, query or {"match_all": {}}, fields)
                found = answer["hits"]["hits"]
                for one in found:
                    yield Held(one["_id"], one["_version"], one.get("_source", {}))
                if len(found) < SCANNED:
                    return
                view, after = answer["pit_id"], found[-1]["sort"]
        finally:
            self.client.ask(lambda library: library.close_point_in_time(id=view))

    def sweep(self, most: int = SCANNED) -> int:
        """Remove old tombstones, at most so many; answers how many."""
        old = {"range": {"deleted_at": {"lt": micros(self.clock() - KEPT)}}}
        answer = self.client.ask(
            lambda library: library.search(
                index=self.alias, query=old, size=most, source=False, version=True, sort=["deleted_at"]
            )
        )
        found = [Write(one["_id"], one["_version"], None) for one in answer["hits"]["hits"]]
        self._write(found)
        return len(found)

    def _refresh(self) -> None:
        """After many writes it may take its time."""
        self.client.ask(lambda library: library.indices.refresh(index=self.alias), WRITE_PATIENCE)

    def _write(self, writes: Sequence[Write]) -> Written:
        return self.client.write(self.alias, writes) if writes else Written()

    def _refuse(self, documents: dict[str, Document], reasons: dict[str, str]) -> None:
        """Nothing that may not be shown any more stays in the place of what was rejected."""
        now = self.clock()
        self._write([Write(id_, documents[id_].version, tombstone(id_, now)) for id_ in reasons])
        for id_, reason in reasons.items():
            log.error("search_rejected", extra={"document": id_, "reason": reason})
        raise SearchRejected(reasons)

    def _scanned(self, view: str, after: Any, query: dict[str, Any], fields: Any) -> Any:
        return self.client.ask(
            lambda library: library.search(
                pit={"id": view, "keep_alive": SCAN_PATIENCE},
                query=query,
                sort=[{"id": "asc"}],
                search_after=after,
                size=SCANNED,
                source=fields,
                version=True,
                track_total_hits=False,
                allow_partial_search_results=False,
            ),
            WRITE_PATIENCE,
        )

    def _place(self, cursor: str, query: str, filters: Filters) -> Place:
        place = cursors.decode(cursor, query, filters, modes=cursors.COUNTED)
        if not 0 <= place.score < EXACT:
            raise BadCursor("unreadable")
        return place


def _reached(found: Body) -> Place:
    score, at, id_ = found["sort"]
    return Place("counted", int(score), moment(at), id_)


def _hit(found: Body, marker: Highlighter) -> Hit:
    held = found["_source"]
    return Hit(
        kind=held["kind"],
        entity_id=held["entity_id"],
        owner=held["owner"],
        title=held["title"],
        highlight=marker.highlight(held["title"], held["body"], named=held["kind"] == "customer"),
        score=found["sort"][0] / 1_000,
    )
