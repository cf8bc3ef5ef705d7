"""The search index in memory: for tests, and the plainest statement of what the port promises."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from projections.search import cursors
from projections.search.cursors import Place
from projections.search.highlight import Highlighter
from projections.search.indexing import fields
from projections.search.port import DEFAULT_LIMIT, NO_FILTERS, Document, Filters, Hit, Page, bounded
from projections.search.query import Clause, Phrase, Query, folded_name, parse
from projections.search.resemblance import resemblance, resembles

Words = Mapping[str, set[int]]
WEIGHTS = {"A": 10, "D": 1}


class MemorySearch:
    """Looks at every document for every query."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            old = self._documents.get(document.id)
            if old is None or old.version < document.version:
                self._documents[document.id] = document

    def delete(self, ids: Sequence[str], version: int) -> None:
        for id_ in ids:
            if id_ in self._documents and self._documents[id_].version < version:
                del self._documents[id_]

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(self._documents).intersection(ids)

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page:
        after = cursors.decode(cursor, query, filters) if cursor else None
        asked, limit = parse(query), bounded(limit)
        found = [(_place(one, asked), one) for one in self._documents.values() if _passes(one, filters)]
        ranked = [pair for pair in found if pair[0].score and (after is None or _key(pair[0]) < _key(after))]
        ranked.sort(key=lambda pair: _key(pair[0]), reverse=True)
        shown, marker = ranked[:limit], Highlighter(asked)
        more = len(ranked) > limit
        return Page(
            hits=[_hit(place, document, marker) for place, document in shown],
            next_cursor=cursors.encode(shown[-1][0], query, filters) if more else None,
        )

    def size(self) -> int:
        return len(self._documents)


def _key(place: Place) -> tuple[object, ...]:
    return place.score, place.at, place.id


def _passes(document: Document, filters: Filters) -> bool:
    return (
        (not filters.kinds or document.kind in filters.kinds)
        and (not filters.channels or document.channel in filters.channels)
        and (filters.start is None or document.occurred_at >= filters.start)
        and (filters.end is None or document.occurred_at < filters.end)
    )


def _place(document: Document, query: Query) -> Place:
    return Place("ranked", _score(document, query), document.occurred_at, document.id)


def _score(document: Document, query: Query) -> int:
    """0: not found."""
    places: dict[str, set[int]] = defaultdict(set)
    weights: dict[str, int] = defaultdict(int)
    for found, start, weight in fields(document):
        for place, word in enumerate(found, start):
            places[word].add(place)
            weights[word] = max(weights[word], WEIGHTS[weight])
    name = folded_name(document.names)
    if not query.clauses or not all(_holds(places, name, clause) for clause in query.clauses):
        return 0
    exact = sum(weights[word] for term in query.terms() for word in places if term.found_in(word))
    alike = max((resemblance(asked, name) for asked in query.names()), default=0.0)
    return 1000 * exact + int(100 * alike) + 1


def _holds(places: Words, name: str, clause: Clause) -> bool:
    if any(all(_has(places, phrase) for phrase in option) for option in clause.options):
        return True
    return clause.name is not None and resembles(clause.name, name)


def _has(places: Words, phrase: Phrase) -> bool:
    """Whether the words of the phrase stand in a row."""
    starts: set[int] | None = None
    for n, term in enumerate(phrase):
        here = {at - n for word, found in places.items() if term.found_in(word) for at in found}
        starts = here if starts is None else starts & here
    return bool(starts)


def _hit(place: Place, document: Document, marker: Highlighter) -> Hit:
    named = document.kind == "customer"
    return Hit(
        kind=document.kind,
        entity_id=document.entity_id,
        owner=document.owner,
        title=document.title,
        highlight=marker.highlight(document.title, document.body, named=named),
        score=place.score / 1000,
    )
