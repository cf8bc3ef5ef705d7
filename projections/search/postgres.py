"""The search index on PostgreSQL: full text on words folded here, trigrams on names.

PostgreSQL's own parser and dictionaries are not asked: it is given words with their places, so every server, whatever
its locale, finds the same. All is done on the caller's connection, and belongs to its transaction if there is one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from psycopg.errors import UniqueViolation

from klantbeeld.log.postgres.database import Connection, array_literal, copied, copy_text
from klantbeeld.log.sql import load
from projections.search import cursors
from projections.search.cursors import Place
from projections.search.highlight import Highlighter
from projections.search.indexing import fields
from projections.search.port import DEFAULT_LIMIT, NO_FILTERS, Document, Filters, Hit, Page, bounded
from projections.search.query import Clause, Phrase, Query, Term, folded_name, parse
from projections.search.resemblance import ALIKE

SQL = load(__package__, "queries.sql")

RANKED: Final = 2000
"""What more documents match than these is answered newest first: no order of ranks is worth reading them all. Names that
only resemble are left out then."""


class PostgresSearch:
    """One connection's view of the index."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, documents: Iterable[Document]) -> None:
        latest: dict[str, Document] = {}
        for document in documents:
            old = latest.get(document.id)
            if old is None or old.version < document.version:
                latest[document.id] = document
        lines = {id_: _line(document) for id_, document in latest.items()}
        known = self.present(list(lines)) if lines else frozenset()
        fresh = [line for id_, line in lines.items() if id_ not in known]
        try:
            with self._connection.transaction():
                copy_text(self._connection.cursor(), SQL["copy_documents"], fresh)
                self._replace([lines[id_] for id_ in sorted(known)])
        except UniqueViolation:
            self._replace(list(lines.values()))

    def _replace(self, lines: Sequence[str]) -> None:
        """Store documents whose ids may be there; half as fast as where none is."""
        if lines:
            with self._connection.transaction():
                self._connection.execute(SQL["incoming"])
                copy_text(self._connection.cursor(), SQL["copy_incoming"], lines)
                self._connection.execute(SQL["put_incoming"])
                self._connection.execute(SQL["clear_incoming"])

    def delete(self, ids: Sequence[str], version: int) -> None:
        self._connection.execute(SQL["delete_documents"], {"ids": array_literal(ids), "version": version})

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        rows = self._connection.execute(SQL["present"], {"ids": array_literal(ids)})
        return frozenset(id_ for (id_,) in rows)

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
        if not asked.clauses:
            return Page(hits=[])
        values = _values(asked, filters, after, limit + 1)
        places = self._newest(values) if after and after.mode == "newest" else self._ranked(asked, values)
        shown, marker = places[:limit], Highlighter(asked)
        more = len(places) > limit
        return Page(
            hits=[_hit(place, row, marker) for place, row in shown],
            next_cursor=cursors.encode(shown[-1][0], query, filters) if more else None,
        )

    def size(self) -> int:
        row = self._connection.execute(SQL["size"]).fetchone()
        assert row
        found: int = row[0]
        return found

    def _ranked(self, asked: Query, values: dict[str, Any]) -> list[tuple[Place, Sequence[Any]]]:
        with self._connection.transaction():
            if asked.names():
                self._connection.execute(SQL["be_lenient"], {"alike": str(ALIKE)})
            rows = self._connection.execute(SQL["ranked"], values, prepare=False).fetchall()
        if rows and rows[0][-1] > RANKED and values["after_id"] is None:
            return self._newest(values)
        return [(Place("ranked", row[5], row[4], row[0]), row) for row in rows]

    def _newest(self, values: dict[str, Any]) -> list[tuple[Place, Sequence[Any]]]:
        rows = self._connection.execute(SQL["newest"], values, prepare=False)
        return [(Place("newest", row[5], row[4], row[0]), row) for row in rows]


def _values(asked: Query, filters: Filters, after: Place | None, limit: int) -> dict[str, Any]:
    names = asked.names()
    return {
        "query": " & ".join(map(_clause, asked.clauses)),
        "rank": " | ".join(dict.fromkeys(spelled for term in asked.terms() for spelled in _spelled(term))),
        "anchors": names,
        "clauses": [_clause(clause) for clause in asked.clauses] if names else [],
        "clause_names": [clause.name or "" for clause in asked.clauses] if names else [],
        "name": " ".join(names),
        "kinds": sorted(filters.kinds) or None,
        "channels": sorted(filters.channels) or None,
        "start": filters.start,
        "end": filters.end,
        "most": RANKED + 1,
        "limit": limit,
        "after_score": after.score if after else None,
        "after_at": after.at if after else None,
        "after_id": after.id if after else None,
    }


def _clause(clause: Clause) -> str:
    """As PostgreSQL writes a query. Words hold letters and digits alone, so nothing needs escaping."""
    options = (" & ".join(map(_phrase, option)) for option in clause.options)
    return "(" + " | ".join(f"({option})" for option in options) + ")"


def _phrase(phrase: Phrase) -> str:
    return "(" + " <-> ".join(map(_term, phrase)) + ")"


def _term(term: Term) -> str:
    return f"'{term.word}':*" if term.begins else f"'{term.word}'"


def _spelled(term: Term) -> Iterator[str]:
    """For ranking, a whole word counts beside what only begins so."""
    yield _term(Term(term.word))
    if term.begins:
        yield _term(term)


def _line(document: Document) -> str:
    """The row in COPY's text format, in the order of `copy_documents`."""
    parts = (
        document.id,
        document.kind,
        document.owner,
        copied(document.entity_id),
        document.occurred_at.isoformat(),
        str(document.version),
        copied(document.channel),
        copied(document.title),
        copied(document.body),
        folded_name(document.names),
        _words(document),
    )
    return "\t".join(parts)


def _words(document: Document) -> str:
    """The words with places and weights, as PostgreSQL writes a `tsvector`."""
    return " ".join(
        [
            f"{word}:{place}{weight}"
            for words, start, weight in fields(document)
            for place, word in enumerate(words, start)
        ]
    )


def _hit(place: Place, row: Sequence[Any], marker: Highlighter) -> Hit:
    _, kind, owner, entity_id, _, score, title, body, *_ = row
    return Hit(
        kind=kind,
        entity_id=entity_id,
        owner=owner,
        title=title,
        highlight=marker.highlight(title, body, named=kind == "customer"),
        score=place.score / 1_000_000 if score else 0.0,
    )
