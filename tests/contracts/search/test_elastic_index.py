"""What only the index on Elasticsearch does: it remembers deletions, and takes a bulk request's items one by one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from projections.search.elastic import index as elastic_index_module
from projections.search.elastic.client import Client, connected
from projections.search.elastic.index import ElasticSearchIndex, utc_now
from projections.search.elastic.shape import Source, source
from projections.search.port import BadCursor, Document, SearchAway, SearchIndexMissing, SearchRejected
from projections.search.postgres import PostgresSearch
from tests.contracts.search.elastic import Elastic, PromptIndex
from tests.contracts.search.shelf import document, found, named, person


def test_a_stale_write_does_not_bring_back_what_was_deleted(elastic_index: PromptIndex) -> None:
    elastic_index.put([document("it", body="lamp", version=1)])
    elastic_index.delete([named("it")], version=5)
    elastic_index.put([document("it", body="lamp", version=4)])
    assert (found(elastic_index, "lamp"), elastic_index.size()) == (set(), 0)
    elastic_index.put([document("it", body="lamp", version=6)])
    assert found(elastic_index, "lamp") == {"it"}


def test_a_stale_write_is_refused_even_of_what_was_never_there(elastic_index: PromptIndex) -> None:
    elastic_index.delete([named("it")], version=5)
    elastic_index.put([document("it", body="lamp", version=4)])
    assert (elastic_index.size(), elastic_index.present([named("it")])) == (0, frozenset())


def test_a_tombstone_holds_nothing_of_anybody(elastic_index: PromptIndex) -> None:
    elastic_index.put([person("she", "Anna Hoekstra", "Utrecht")])
    elastic_index.delete([named("she")], version=2)
    (held,) = elastic_index.get([named("she")])
    assert set(held.source) == {"id", "deleted", "deleted_at"}


def test_old_tombstones_go_and_young_ones_stay(elastic_index: PromptIndex) -> None:
    early = PromptIndex(elastic_index.client, elastic_index.alias, lambda: utc_now() - timedelta(days=2))
    early.delete([named("old"), named("back")], version=2)
    elastic_index.delete([named("young")], version=2)
    elastic_index.put([document("back", body="lamp", version=3)])
    assert elastic_index.sweep() == 1
    elastic_index.refresh()
    assert {held.id for held in elastic_index.scan()} == {named("young"), named("back")}


def test_what_is_present_is_known_before_it_is_found(elastic: Elastic) -> None:
    patient = ElasticSearchIndex(elastic.emptied().client, elastic.index.alias)
    patient.put([document("it", body="lamp")])
    assert patient.present([named("it")]) == {named("it")}
    patient.delete([named("it")], version=2)
    assert patient.present([named("it")]) == frozenset()


def bulk_that_fails(client: Client, statuses: list[list[int]]) -> Client:
    """Of each request, the items whose status is not 0 are not sent and fail with that status."""

    class Library:
        def __init__(self) -> None:
            self.sent: list[int] = []

        def options(self, **_: Any) -> "Library":
            return self

        def __getattr__(self, name: str) -> Any:
            return getattr(client.library, name)

        def bulk(self, *, operations: list[bytes], **more: Any) -> Any:
            self.sent.append(len(operations) // 2)
            plan = statuses.pop(0) if statuses else [0] * (len(operations) // 2)
            kept = [
                line for n, status in enumerate(plan) if not status for line in operations[2 * n : 2 * n + 2]
            ]
            taken = iter(client.library.bulk(operations=kept, **more)["items"] if kept else [])
            return {"items": [next(taken) if not status else _failed(status) for status in plan]}

    return replace(client, library=Library(), sleep=lambda _: None)


def _failed(status: int) -> dict[str, Any]:
    return {"index": {"status": status, "error": {"type": "overloaded"}}}


def test_of_a_bulk_request_only_what_failed_is_sent_again(elastic_index: PromptIndex) -> None:
    client = bulk_that_fails(elastic_index.client, [[0, 429, 503, 0], [0, 429]])
    index = PromptIndex(client, elastic_index.alias)
    index.put([document(f"d{n}", body="lamp") for n in range(4)])
    assert found(elastic_index, "lamp") == {"d0", "d1", "d2", "d3"}
    assert client.library.sent == [4, 2, 1]  # type: ignore[attr-defined]


def test_what_fails_again_and_again_means_that_search_is_away(elastic_index: PromptIndex) -> None:
    client = bulk_that_fails(elastic_index.client, [[0, 429]] + [[429]] * 9)
    with pytest.raises(SearchAway):
        PromptIndex(client, elastic_index.alias).put([document("a", body="lamp"), document("b", body="lamp")])
    elastic_index.refresh()
    assert found(elastic_index, "lamp") == {"a"}


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets Elasticsearch refuse the documents of this title from now on."""

    def refuse(title: str) -> None:
        def spoiled(document: Document) -> Source:
            return source(document) | ({"unknown": "Anna"} if document.title == title else {})

        monkeypatch.setattr(elastic_index_module, "source", spoiled)

    return refuse


def test_a_document_that_is_refused_takes_no_other_along_and_leaves_nothing_old(
    elastic_index: PromptIndex, refusing: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    elastic_index.put([document("bad", title="slecht", body="lamp")])
    refusing("slecht")
    with pytest.raises(SearchRejected) as refused:
        elastic_index.put(
            [
                document("bad", title="slecht", body="lamp", version=2),
                document("good", body="lamp", version=2),
            ]
        )
    elastic_index.refresh()
    assert dict(refused.value.reasons) == {named("bad"): "strict_dynamic_mapping_exception"}
    assert found(elastic_index, "lamp") == {"good"}
    assert "Anna" not in caplog.text + str(refused.value)


def test_an_index_that_is_gone_is_not_made_by_writing(elastic: Elastic) -> None:
    gone = ElasticSearchIndex(elastic.index.client, f"{elastic.prefix}gone")
    for call in (lambda: gone.put([document("it")]), lambda: gone.search("lamp"), gone.size):
        with pytest.raises(SearchIndexMissing):
            call()
    assert not elastic.library.indices.exists(index=gone.alias)


def test_a_server_that_is_not_there_is_away() -> None:
    index = ElasticSearchIndex(replace(connected("http://127.0.0.1:9"), sleep=lambda _: None), "any")
    for call in (lambda: index.put([document("it")]), lambda: index.search("lamp"), index.refresh):
        with pytest.raises(SearchAway):
            call()


def test_while_a_server_is_away_only_one_caller_waits_for_it(elastic_index: PromptIndex) -> None:
    gate = elastic_index.client.gate
    gate.away = True
    with gate.passed(), pytest.raises(SearchAway):
        elastic_index.search("lamp")
    assert elastic_index.search("lamp").hits == []


def test_pages_go_on_where_they_ended_after_what_they_showed_was_rewritten(elastic: Elastic) -> None:
    """No page is kept open on the server: scores depend on the query and the document alone."""
    index = elastic.emptied()
    documents = [
        document(f"d{n:02}", title="lamp" if n % 3 else "", body="lamp", day=n % 5) for n in range(30)
    ]
    index.put(documents)
    whole = [hit.entity_id for hit in index.search("lamp", limit=100).hits]
    first = index.search("lamp", limit=10)
    index.put([replace(one, version=2) for one in documents])
    elastic.library.indices.forcemerge(index=index.alias, max_num_segments=1)
    rest = index.search("lamp", cursor=first.next_cursor, limit=100)
    assert [hit.entity_id for hit in (*first.hits, *rest.hits)] == whole


def test_a_cursor_of_another_engine_is_refused(elastic_index: PromptIndex, database: Any) -> None:
    documents = [document(f"d{n}", body="lamp") for n in range(4)]
    with database.connection() as connection:
        other = PostgresSearch(connection)
        for index in (other, elastic_index):
            index.put(documents)
        for one, another in ((other, elastic_index), (elastic_index, other)):
            cursor = one.search("lamp", limit=2).next_cursor
            with pytest.raises(BadCursor):
                another.search("lamp", cursor=cursor)
