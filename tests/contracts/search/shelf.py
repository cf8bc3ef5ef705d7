"""Documents that tests put into an index, and what they ask of it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from projections.search.port import NO_FILTERS, Document, Filters, Kind, SearchIndex

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def named(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def document(
    name: str, kind: Kind = "contact", *, day: float = 0, version: int = 1, **texts: Any
) -> Document:
    """A document known to the test by a short name, which `entity_id` gives back."""
    return Document(
        id=named(name),
        kind=kind,
        owner=named("owner of " + name),
        entity_id=name,
        occurred_at=START + timedelta(days=day),
        version=version,
        **texts,
    )


def person(name: str, shown: str, body: str = "", **more: Any) -> Document:
    return document(name, "customer", title=shown, names=shown, body=body, **more)


def found(index: SearchIndex, query: str, filters: Filters = NO_FILTERS) -> set[str]:
    return {hit.entity_id for hit in index.search(query, filters, limit=100).hits}


def paged(index: SearchIndex, query: str, limit: int, filters: Filters = NO_FILTERS) -> list[str]:
    """All hits, gathered page by page."""
    names: list[str] = []
    cursor = None
    while True:
        page = index.search(query, filters, cursor=cursor, limit=limit)
        assert len(page.hits) <= limit
        names += [hit.entity_id for hit in page.hits]
        cursor = page.next_cursor
        if cursor is None:
            return names
