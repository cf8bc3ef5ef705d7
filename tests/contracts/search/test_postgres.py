"""What only the index on PostgreSQL does: answers too many hits newest first, and leaves two writers in peace."""

import pytest

from klantbeeld.log.postgres.database import Database
from projections.search import postgres
from projections.search.port import BadCursor, Filters
from projections.search.postgres import PostgresSearch
from tests.contracts.search.shelf import document, found, paged


def test_more_hits_than_are_ranked_come_newest_first_and_each_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "RANKED", 10)
    with database.connection() as connection:
        index = PostgresSearch(connection)
        index.put([document(f"d{n:02}", body="lamp " * (n % 5 + 1), day=n // 2) for n in range(25)])
        names = paged(index, "lamp", 4)
        days = [int(name[1:]) // 2 for name in names]
        assert (len(set(names)), days) == (25, sorted(days, reverse=True))
        early = Filters(end=document("x", day=4).occurred_at)
        assert len(paged(index, "lamp", 3, early)) == 8
        with pytest.raises(BadCursor):
            index.search("lamp", early, cursor=index.search("lamp", limit=2).next_cursor)


def test_a_writer_that_meets_another_s_document_takes_its_place(database: Database) -> None:
    """As when both saw that there was none."""
    with database.connection() as connection:
        index = PostgresSearch(connection)
        index.put([document("it", body="vroeger")])
        index.present = lambda ids: frozenset()  # type: ignore[method-assign]
        index.put([document("it", body="later", version=2), document("other", body="later")])
        assert (found(index, "vroeger"), found(index, "later")) == (set(), {"it", "other"})
