"""Elasticsearch follows the timeline: through outages, failed transactions, rebuilds, and whatever is done to it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from klantbeeld.log.postgres.database import Database
from projections import rebuild as rebuilding
from projections.compare import Difference
from projections.fence import apply_batch
from projections.search.elastic import index as elastic_index_module
from projections.search.elastic.engine import ElasticEngine
from projections.search.elastic.index import Held
from projections.search.elastic.shape import Source, source
from projections.search.port import Document, SearchIndexMissing
from projections.search.postgres import PostgresSearch
from projections.search.processor import SearchProcessor
from tests.contracts.search.following_outside import Outside, said, searching
from tests.domain.building import ANNEMIEK, cloud
from tests.domain.household import household
from tests.stack import Stack

QUERIES = (
    "lamp",
    "annemiek",
    "anemiek",
    "delft",
    "example.nl",
    "06 1234 5640",
    "shop",
    "3s",
    "K-501",
    "boris",
)


@pytest.fixture
def installation(database: Database, engine: ElasticEngine) -> Iterator[Outside]:
    installation = Outside(database, engine=engine)
    yield installation
    installation.connection.close()


@pytest.fixture
def filled(installation: Outside) -> Outside:
    installation.take(household())
    return installation


@pytest.fixture
def library(stack: Stack) -> Iterator[Elasticsearch]:
    with Elasticsearch(stack.elasticsearch_url) as library:
        yield library


def shown(installation: Outside, index: Any, query: str) -> set[tuple[str, ...]]:
    return {
        (hit.kind, hit.owner, hit.entity_id, hit.title, hit.highlight)
        for hit in index.search(query, limit=100).hits
    }


def names_of(library: Elasticsearch, engine: ElasticEngine) -> dict[str, bool]:
    """Every index of this installation, and whether the alias names it."""
    found = library.indices.get(index=f"{engine.prefix}search-v*", features="aliases")
    return {
        name.removeprefix(engine.prefix): engine.reader.alias in one["aliases"] for name, one in found.items()
    }


def documents_of(installation: Outside) -> list[Held]:
    """What the index holds, without the tombstones; which comes first depends on the installation's key."""
    return [held for held in installation.engine.reader.scan() if not held.source["deleted"]]


def live(installation: Outside) -> str:
    """The index, to tamper with."""
    return str(installation.one("SELECT index_name FROM search_generation")[0])


def test_it_finds_what_postgresql_would_find(filled: Outside) -> None:
    filled.engine.reader.refresh()
    other = PostgresSearch(filled.connection)
    for _ in _filled_in_postgresql(filled):
        assert any(shown(filled, other, query) for query in QUERIES)
        for query in QUERIES:
            assert shown(filled, filled.engine.reader, query) == shown(filled, other, query), query


def _filled_in_postgresql(installation: Outside) -> Iterator[None]:
    SearchProcessor(PostgresSearch).fill(installation.connection)
    yield
    installation.run("TRUNCATE search_document")


def test_a_transaction_that_fails_after_the_write_changes_nothing_for_good(installation: Outside) -> None:
    installation.take([said(0, "eerste")])
    installation.settle_timeline(said(1, "tweede", "m:2"))
    records = installation.log.read(0, 1, 1)
    with installation.connection.transaction(force_rollback=True):
        apply_batch(installation.connection, installation.search, 0, installation.log.log_id(), records)
    assert (installation.position("search"), len(installation.hits("tweede"))) == (1, 1)
    installation.settle()
    assert (len(installation.hits("tweede")), installation.verify().well) == (1, True)


def test_versions_that_postgresql_forgot_do_not_hold_back_what_comes_after(installation: Outside) -> None:
    """After a hard stop the sequence may give out numbers again that documents bear already."""
    installation.take([said(0, "eerst gezegd"), said(1, "blijft", "m:2")])
    installation.run("SELECT setval('search_version', 50)")
    amended = cloud("interaction.amended", 2, ANNEMIEK, interaction_id="m:1", text="toen verbeterd")
    removed = cloud("interaction.removed", 3, ANNEMIEK, interaction_id="m:2")
    installation.take([amended, removed])
    installation.run("SELECT setval('search_version', 2)")
    again = cloud("interaction.amended", 4, ANNEMIEK, interaction_id="m:1", text="nu verbeterd")
    installation.take([again])
    assert ([len(installation.hits(query)) for query in ("gezegd", "toen", "nu verbeterd", "blijft")]) == [
        0,
        0,
        1,
        0,
    ]
    assert installation.verify().well


def test_a_document_that_is_refused_makes_a_dead_letter_of_its_record_alone(
    installation: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(document: Document) -> Source:
        return source(document) | ({"unknown": "Anna"} if "slecht" in document.body else {})

    monkeypatch.setattr(elastic_index_module, "source", spoiled)
    installation.settle_timeline(said(0, "goed"), said(1, "slecht", "m:2"), said(2, "ook goed", "m:3"))
    log_id = installation.log.log_id()
    for record in installation.log.read(0, 0, 3):
        with installation.connection.transaction():
            apply_batch(installation.connection, installation.search, 0, log_id, [record])
    assert (len(installation.hits("goed")), installation.hits("slecht")) == (2, [])
    letters = installation.all("SELECT processor, position, reason, detail FROM kept.dead_letter")
    assert letters == [("search", 1, "search_rejected", "strict_dynamic_mapping_exception")]


def test_a_rebuild_moves_the_alias_and_leaves_one_index(filled: Outside, library: Elasticsearch) -> None:
    before = len(filled.hits("lamp"))
    assert names_of(library, filled.engine) == {"search-v1": True}
    with searching(filled.engine, "lamp") as numbers:
        report = filled.rebuild()
    assert (report.swapped, report.count, set(numbers)) == (True, 0, {before})
    assert names_of(library, filled.engine) == {"search-v2": True}
    filled.running = filled.processors()
    filled.take([said(9000, "na de wissel")])
    assert (len(filled.hits("wissel")), len(filled.hits("lamp"))) == (1, before)
    assert filled.verify().well


def test_a_worker_that_slept_through_a_rebuild_writes_to_the_new_index(filled: Outside) -> None:
    sleeping = filled.running
    filled.rebuild()
    filled.running = sleeping
    filled.take([said(9000, "weer wakker")])
    assert len(filled.hits("wakker")) == 1


def test_a_check_and_a_rebuild_that_fails_leave_the_live_index_alone(
    filled: Outside, library: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not filled.rebuild(swap=False).swapped
    monkeypatch.setattr(rebuilding, "compared", _broken)
    with pytest.raises(RuntimeError):
        filled.rebuild()
    assert names_of(library, filled.engine) == {"search-v1": True}
    assert filled.hits("lamp")


def _broken(*_: object) -> None:
    raise RuntimeError


def alter(source: dict[str, Any]) -> None:
    source["title"] = "iemand anders"


def alter_words(source: dict[str, Any]) -> None:
    source["words"][-1] += " extra"


def alter_time(source: dict[str, Any]) -> None:
    source["occurred_at"] += 1


def alter_owner(source: dict[str, Any]) -> None:
    source["owner"] = source["id"]


@pytest.mark.parametrize("change", [alter, alter_words, alter_time, alter_owner])
@pytest.mark.parametrize("external", [False, True])
def test_a_document_that_was_altered_is_found(
    filled: Outside, library: Elasticsearch, change: Callable[[dict[str, Any]], None], external: bool
) -> None:
    """By an ordinary write, or under a version that nobody gave out."""
    it = next(held for held in filled.engine.reader.scan({"term": {"kind": "contact"}}))
    altered = json.loads(json.dumps(it.source))
    change(altered)
    versions = {"version": 10**9, "version_type": "external"} if external else {}
    library.index(index=live(filled), id=it.id, document=altered, **versions)
    report = filled.verify()
    assert report.differences == [Difference(table="search_index", key=(it.id,), kind="altered")]
    assert filled.rebuild().count == 1
    assert filled.verify().well


def test_a_document_that_is_missing_is_found(filled: Outside, library: Elasticsearch) -> None:
    gone, hidden = documents_of(filled)[:2]
    library.delete(index=live(filled), id=gone.id)
    library.index(index=live(filled), id=hidden.id, document={"id": hidden.id, "deleted": True})
    told = {one.key: one.kind for one in filled.verify().differences}
    assert told == {(gone.id,): "missing", (hidden.id,): "missing"}


def test_a_document_too_many_is_found(filled: Outside, library: Elasticsearch) -> None:
    it = documents_of(filled)[0]
    other = "ffffffff-0000-0000-0000-000000000000"
    library.index(index=live(filled), id=other, document={**it.source, "id": other})
    library.index(index=live(filled), id="nameless", document={**it.source})
    told = {one.key: one.kind for one in filled.verify().differences}
    assert told == {(other,): "extra", ("nameless",): "extra"}


def test_differences_of_documents_name_nobody(filled: Outside, library: Elasticsearch) -> None:
    for held in list(filled.engine.reader.scan()):
        library.delete(index=live(filled), id=held.id)
    report = filled.verify()
    assert report.count == len(report.differences) + max(0, report.count - 20) > 3
    assert not any(text in str(report) for text in ("example.nl", "3161234", "K-50"))


def test_an_index_that_is_gone_is_made_and_filled_anew(filled: Outside, library: Elasticsearch) -> None:
    before = {query: filled.titles(query) for query in QUERIES}
    library.indices.delete(index=live(filled))
    with pytest.raises(SearchIndexMissing):
        filled.take([said(9000, "daarna")])
    filled.search.forget()
    filled.step_search()
    assert {query: filled.titles(query) for query in QUERIES} == before
    assert len(filled.hits("daarna")) == 1
    assert filled.verify().well


def test_a_rebuild_mends_an_index_that_is_gone(filled: Outside, library: Elasticsearch) -> None:
    library.indices.delete(index=live(filled))
    assert filled.rebuild().swapped
    assert filled.verify().well


@pytest.mark.parametrize("mend", ["follow", "rebuild"])
def test_settings_with_another_prefix_are_given_an_index_of_their_own(
    filled: Outside, engine: ElasticEngine, library: Elasticsearch, mend: str
) -> None:
    before = len(filled.hits("lamp"))
    filled.engine = ElasticEngine(engine.client, f"{engine.prefix}other-")
    filled.running = filled.processors()
    if mend == "rebuild":
        assert filled.rebuild().swapped
        filled.running = filled.processors()
    filled.step_search()
    assert (len(filled.hits("lamp")), filled.verify().well) == (before, True)
    assert list(names_of(library, filled.engine).values()) == [True]
    assert list(names_of(library, engine).values()) == [True]


def test_an_installation_that_searched_by_postgresql_is_carried_over(installation: Outside) -> None:
    own, installation.running[1] = installation.running[1], SearchProcessor(PostgresSearch)
    installation.take(household())
    installation.running[1] = own
    installation.settle_timeline(said(9000, "daarna"))
    installation.step_search()
    assert (len(installation.hits("daarna")), bool(installation.hits("annemiek"))) == (1, True)
    assert installation.all("SELECT 1 FROM search_document") == []
    assert installation.verify().well


def test_only_one_worker_makes_the_index(installation: Outside, library: Elasticsearch) -> None:
    installation.settle_timeline(*household())
    installation.run(
        "INSERT INTO checkpoint SELECT 'search', partition, 1, log_id, recorded_at FROM checkpoint"
    )
    other = SearchProcessor(installation.engine)
    connection = installation.database.dedicated()
    try:
        for processor, own in ((installation.search, installation.connection), (other, connection)):
            while not processor.limit(own, 0):
                pass
    finally:
        connection.close()
    assert names_of(library, installation.engine) == {"search-v1": True}


def test_verification_passes_while_search_goes_on(filled: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written after the moment that is compared is looked at again."""
    once = iter([lambda: filled.take([said(9000, "ondertussen")])])

    original = SearchProcessor.audit

    def audit(processor: SearchProcessor, *arguments: Any) -> Any:
        for act in once:
            act()
        return original(processor, *arguments)

    monkeypatch.setattr(SearchProcessor, "audit", audit)
    assert filled.verify().differences == []
    assert len(filled.hits("ondertussen")) == 1
