"""A query in Elasticsearch's language. What is found follows from `query` alone; so does the score.

Scores are sums of whole numbers that depend on the query and the one document, not on how common a word is or which copy
of a shard answers: so a page begins where the one before it ended, whatever was merged, moved or restarted in between.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from projections.search.cursors import Place
from projections.search.elastic.shape import ROOM, SHARED, TOGETHER, micros
from projections.search.port import Filters
from projections.search.query import Clause, Phrase, Query, Term
from projections.search.resemblance import trigrams

PREFIXES: Final = 19
"""The longest beginning, in UTF-16 units, that has an index of its own."""
MOST_ENDINGS: Final = 1000
"""Of a longer beginning inside a phrase, so many words are tried."""
IN_HEADING, BEGINS_HEADING, IN_TEXT, BEGINS_TEXT, SIDE_BY_SIDE = 8000, 4000, 2000, 1000, 2000
"""Points. A name that resembles a word counts 4,000 to 9,000, the more the better it does."""
APART: Final = 4
"""Words with so many others between them still stand together."""

Asked = dict[str, Any]
HELD: Final[Asked] = {"term": {"deleted": False}}


def asked(query: Query, filters: Filters) -> Asked:
    """What is found, and how much each find counts."""
    found = [_clause(clause) for clause in query.clauses]
    return {"bool": {"filter": [HELD, *_filters(filters), *found], "should": list(_counting(query))}}


def after(place: Place) -> list[Any]:
    """The place as Elasticsearch continues from it."""
    return [place.score, micros(place.at), place.id]


ORDER: Final[list[dict[str, str]]] = [{"_score": "desc"}, {"occurred_at": "desc"}, {"id": "desc"}]


def _filters(filters: Filters) -> Iterator[Asked]:
    if filters.kinds:
        yield {"terms": {"kind": sorted(filters.kinds)}}
    if filters.channels:
        yield {"terms": {"channel": sorted(filters.channels)}}
    if filters.start is not None:
        yield {"range": {"occurred_at": {"gte": micros(filters.start)}}}
    if filters.end is not None:
        yield {"range": {"occurred_at": {"lt": micros(filters.end)}}}


def _clause(clause: Clause) -> Asked:
    options = [_all(map(_phrase, option)) for option in clause.options]
    if clause.name is not None:
        options.append(_alike(clause.name, "none"))
    return options[0] if len(options) == 1 else {"bool": {"should": options, "minimum_should_match": 1}}


def _all(parts: Iterable[Asked]) -> Asked:
    return {"bool": {"filter": list(parts)}}


def _phrase(phrase: Phrase) -> Asked:
    if len(phrase) == 1:
        return _term("words", phrase[0])
    *before, last = phrase
    if not last.begins:
        return {"match_phrase": {"words": _spelled(phrase)}}
    if _units(last.word) > PREFIXES:
        return {"match_phrase_prefix": {"words": {"query": _spelled(phrase), "max_expansions": MOST_ENDINGS}}}
    in_a_row = [{"match": {"query": term.word}} for term in before] + [{"prefix": {"prefix": last.word}}]
    return {"intervals": {"words": {"all_of": {"ordered": True, "max_gaps": 0, "intervals": in_a_row}}}}


def _term(field: str, term: Term) -> Asked:
    return {"prefix": {field: term.word}} if term.begins else {"term": {field: term.word}}


def _alike(word: str, counting: str) -> Asked:
    """Some stretch of the name shares enough trigrams. The score is 133 a shared one and 33 a trigram that the stretch
    has not; see `shape.SHARED`.
    """
    wanted = trigrams(word)
    each = [
        {"constant_score": {"filter": {"term": {"stretches.trigrams": one}}, "boost": SHARED}}
        for one in sorted(wanted)
    ]
    fewest = -(-TOGETHER * len(wanted) // 100)
    scored = {
        "query": {"bool": {"should": each, "minimum_should_match": fewest}},
        "functions": [{"field_value_factor": {"field": "stretches.room"}}],
        "boost_mode": "sum",
        "min_score": TOGETHER * (ROOM + len(wanted)),
    }
    return {"nested": {"path": "stretches", "score_mode": counting, "query": {"function_score": scored}}}


def _counting(query: Query) -> Iterator[Asked]:
    terms = query.terms()
    for term in terms:
        yield _counts(_term("words", Term(term.word)), IN_TEXT)
        yield _counts(_term("heading", Term(term.word)), IN_HEADING)
        if term.begins:
            yield _counts(_term("words", term), BEGINS_TEXT)
            yield _counts(_term("heading", term), BEGINS_HEADING)
    for name in query.names():
        yield _alike(name, "max")
    if len(terms) > 1:
        for field in ("words", "dutch"):
            near = {"match_phrase": {field: {"query": _spelled(terms), "slop": APART}}}
            yield _counts(near, SIDE_BY_SIDE)


def _counts(what: Asked, points: int) -> Asked:
    return {"constant_score": {"filter": what, "boost": points}}


def _spelled(terms: Sequence[Term]) -> str:
    return " ".join(term.word for term in terms)


def _units(word: str) -> int:
    return len(word.encode("utf-16-le")) // 2
