"""PostgreSQL and Elasticsearch find the same documents, whatever is asked. Ranks are each engine's own."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from klantbeeld.log.postgres.database import Connection, Database
from projections.search.memory import MemorySearch
from projections.search.port import Document, Filters, SearchIndex
from projections.search.postgres import PostgresSearch
from tests.contracts.search.elastic import Elastic
from tests.contracts.search.shelf import document, paged, person

GIVEN = ["Annemiek", "Jan", "Zoë", "Sander", "Joke", "Willem-Alexander", "Søren", "Łucja", "Wim", "Bo"]
BETWEEN = ["", "de", "van der", "van 't", "d'"]
FAMILY = [
    "Hoekstra",
    "Jansen",
    "Janssen",
    "Janse",
    "Dijkstra",
    "Vries",
    "Müller",
    "Mulder",
    "Bakker",
    "Wit",
    "Özdemir",
]
COMPANIES = ["", "", "Bakkerij De Wit", "Jansen & Zonen BV", "Fietsen Dijkstra Delft"]
TOKENS = [
    "lamp", "Lampen", "lampenkap", "l'été", "foto’s", "T-shirt", "web:1001", "web:1002", "LAMP-3", "geïrriteerd",
    "de", "van", "één", "eén", "+31612345601", "06 12345602", "0031 (0)6 12 34 56 03", "anna@example.nl",
    "oﬃce", "STRASSE", "日本語の手紙", "Θεσσαλονίκη", "hoekstra", "x-y", "2026-11-02", "aaaaaaaaaaaaaaaaaaaaaaaab",
    "shop:aaaaaaaaaaaaaaaaaaaaaaaabc", "ĳsbreker", "bijl", "½", "🎉",
]  # fmt: skip
CHANNELS = ["email", "phone", "chat"]


def corpus() -> list[Document]:
    chance = Random(7)
    people = [
        person(
            f"person {n}",
            " ".join(filter(None, (chance.choice(GIVEN), chance.choice(BETWEEN), chance.choice(FAMILY)))),
            " ".join(chance.choices(TOKENS, k=2)),
            day=n % 9,
        )
        for n in range(120)
    ]
    companies = [
        document(f"company {n}", "customer", title=FAMILY[n % 11], names=f"{FAMILY[n % 11]} {name}")
        for n, name in enumerate(COMPANIES * 4)
    ]
    contacts = [
        document(
            f"contact {n}",
            channel=chance.choice(CHANNELS),
            title=chance.choice(TOKENS),
            body=" ".join(chance.choices(TOKENS + FAMILY, k=chance.randint(0, 12))),
            day=n % 13,
        )
        for n in range(160)
    ]
    return [*people, *companies, *contacts]


@pytest.fixture(scope="module")
def shared_corpus() -> list[Document]:
    return corpus()


@pytest.fixture
def engines(
    database: Database, elastic: Elastic, shared_corpus: list[Document]
) -> Iterator[list[SearchIndex]]:
    connection: Connection = database.dedicated()
    found = [MemorySearch(), PostgresSearch(connection), elastic.emptied()]
    for index in found:
        index.put(shared_corpus)
    yield found
    connection.close()


@st.composite
def mistyped(draw: st.DrawFn) -> str:
    """A word of the corpus, perhaps with a typing error or cut short."""
    word = draw(st.sampled_from([*TOKENS, *FAMILY, *GIVEN, "Bakkerij", "Zonen", "Fietsen", "dewit"]))
    at = draw(st.integers(0, len(word)))
    letter = draw(st.sampled_from("aeinst-'"))
    return draw(
        st.sampled_from(
            [word, word.upper(), word[:at], word[:at] + letter + word[at:], word[: max(0, at - 1)] + word[at:],
             word[: max(0, at - 2)] + word[at - 1 : at] + word[max(0, at - 2) : at - 1] + word[at:]]
        )
    )  # fmt: skip


QUERIES = st.one_of(
    st.lists(mistyped(), min_size=1, max_size=3).map(" ".join),
    st.lists(mistyped(), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}" {words[0]}'),
    st.text(max_size=12),
)
FILTERS = st.builds(
    Filters,
    kinds=st.frozensets(st.sampled_from(["customer", "contact", "order"]), max_size=2),
    channels=st.frozensets(st.sampled_from(CHANNELS), max_size=2),
    start=st.none() | st.integers(0, 12).map(lambda day: document("x", day=day).occurred_at),
    end=st.none() | st.integers(0, 12).map(lambda day: document("x", day=day).occurred_at),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, filters=FILTERS)
@example(query="dewit", filters=Filters())
@example(query="shop:aaaaaaaaaaaaaaaaaaaaaaa", filters=Filters())
@example(query="bakkerijdewit", filters=Filters())
def test_every_engine_finds_the_same(engines: list[SearchIndex], query: str, filters: Filters) -> None:
    asked = [set(paged(index, query, 100, filters)) for index in engines]
    assert asked[1] == asked[0], "PostgreSQL"
    assert asked[2] == asked[0], "Elasticsearch"


def test_a_page_of_elasticsearch_shows_what_postgresql_shows_of_each_hit(engines: list[SearchIndex]) -> None:
    _, other, elastic = engines
    for query in ("anemiek", "hoekstar", "lampenkap", "web:1001", "06 1234 5602"):
        shown = [set(index.search(query, limit=100).hits) for index in (other, elastic)]
        bare = [{replace(hit, score=0) for hit in hits} for hits in shown]
        assert bare[0] == bare[1] != set(), query
