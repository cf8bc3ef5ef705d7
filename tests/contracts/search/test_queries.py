"""What is found, and what is not, on every index."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.search.memory import MemorySearch
from projections.search.port import Filters, SearchIndex
from projections.search.postgres import PostgresSearch
from tests.contracts.search.shelf import document, found, paged, person


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Geïrriteerd over het pakket", "geirriteerd"),
        ("Geirriteerd", "GEÏRRITEERD"),
        ("Cafe\u0301 in Besançon", "café besancon"),
        ("STRASSE", "straße"),
        ("Ærø en Łódź", "aero lodz"),
        ("ĳsbreker", "ijsbreker"),
        ("oﬃce", "office"),
        ("foto’s van de schade", "foto's"),
        ("foto's van de schade", "fotos"),
        ("Θεσσαλονίκη", "θεσσαλονικη"),
        ("T-shirt maat M", "t shirt"),
        ("d'Hondt", "hondt"),
        ("bestelling web:1001", "web:1001"),
        ("bestelling web:1001", "1001"),
        ("mail: anna.de.wit@example.nl", "anna.de.wit@example.nl"),
        ("mail: anna.de.wit@example.nl", "ANNA.de.Wit@Example.NL"),
        ("mail: anna.de.wit@example.nl", "anna.de"),
        ("bel +31612345601", "06 1234 5601"),
        ("bel +31612345601", "06-12345601"),
        ("bel +31612345601", "0031612345601"),
        ("bel +31612345601", "+31 (0)6 12 34 56 01"),
        ("bel +31612345601", "(06) 12345601"),
        ("bel 06-12 34 56 01 na zes uur", "0612345601"),
        ("leverdatum 2026-11-02 klopt niet", "2026-11-02"),
        ("een twee drie", "drie een"),
        ("een twee drie", "tw"),
        ("een twee drie", '"een twee"'),
        ("日本語の手紙", "日本"),
    ],
)
def test_a_text_is_found(index: SearchIndex, text: str, query: str) -> None:
    index.put([document("it", body=text)])
    assert found(index, query) == {"it"}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("wij lopen naar huis", "loop huizen"),
        ("lopende zaak", "lopen zaak"),
        ("een twee drie", "een vier"),
        ("een twee drie", '"een drie"'),
        ("een twee drie", '"een tw"'),
        ("bijl", "byl"),
        ("bel +31612345601", "06 1234 5602"),
        ("anna@example.nl en bob@shop.example", "bob@example.nl"),
        ("een twee drie", ""),
        ("een twee drie", '  "" !? -- '),
        ("een twee drie", "t"),
    ],
)
def test_a_text_is_not_found(index: SearchIndex, text: str, query: str) -> None:
    index.put([document("it", body=text)])
    assert found(index, query) == set()


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Annemiek Hoekstra", "hoekstar"),
        ("Annemiek Hoekstra", "hoekstra"),
        ("Annemiek Hoekstra", "anemiek hoekstar"),
        ("Jan de Vries", "de vris"),
        ("Jan de Vries", "vries jan"),
        ("Sander Bakker", "bekker"),
        ("Joke Dijkstra", "dykstra"),
        ("Zoë Mulder", "zoe muller"),
        ("Bakkerij Janssen", "bakkerij jansen"),
    ],
)
def test_a_customer_is_found_in_spite_of_a_typing_error(index: SearchIndex, name: str, query: str) -> None:
    index.put([person("she", name, "Utrecht"), person("another", "Willemijn Oosterhuis", "Utrecht")])
    assert found(index, query) == {"she"}
    assert found(index, query + " utrecht") == {"she"}
    assert found(index, query + " zwolle") == set()


@pytest.mark.parametrize("query", ["pietersen", "hoek van holland", "jacob", "bakhuis", "vos"])
def test_a_customer_is_not_found_by_another_name(index: SearchIndex, query: str) -> None:
    index.put([person("a", "Jans Hoekstra"), person("b", "Sander Bakker"), person("c", "Jan de Vries")])
    assert found(index, query) == set()


def test_only_names_are_found_in_spite_of_typing_errors(index: SearchIndex) -> None:
    index.put([document("letter", body="Beste mevrouw Hoekstra"), person("she", "A. Hoekstra")])
    assert found(index, "hoekstar") == {"she"}


def test_a_name_written_right_comes_before_one_that_resembles_it(index: SearchIndex) -> None:
    index.put([person("other", "Jan Jansen", day=1), person("meant", "Jan Janssen")])
    assert paged(index, "janssen", 10) == ["meant", "other"]


def test_a_title_counts_more_than_a_mention(index: SearchIndex) -> None:
    index.put([document("mention", body="een twee lamp vier", day=1), document("title", title="Lamp")])
    assert paged(index, "lamp", 10) == ["title", "mention"]


def test_filters_narrow_what_is_found(index: SearchIndex) -> None:
    index.put(
        [
            document("mail", channel="email", body="lamp", day=1),
            document("call", channel="phone", body="lamp", day=2),
            document("order", "order", channel="web", body="lamp", day=3),
            person("customer", "Lamp", day=4),
        ]
    )
    days = [document("x", day=day).occurred_at for day in (2, 4)]
    assert found(index, "lamp", Filters(kinds=frozenset({"contact"}))) == {"mail", "call"}
    assert found(index, "lamp", Filters(channels=frozenset({"email", "web"}))) == {"mail", "order"}
    assert found(index, "lamp", Filters(start=days[0])) == {"call", "order", "customer"}
    assert found(index, "lamp", Filters(end=days[1])) == {"mail", "call", "order"}
    assert found(index, "lamq", Filters(kinds=frozenset({"customer"}))) == {"customer"}
    assert found(index, "lamq", Filters(end=days[1])) == set()


@pytest.mark.parametrize(
    "query",
    [
        "a" * 5000,
        "woord " * 2000,
        '"' * 99,
        "'lamp':* & | ! <->",
        "\0\ud800 lamp",
        "%_\\lamp\\",
        "((((+31",
        "0000000000",
        "1 " * 500,
        "½ ² Ⅷ",
        "🎉 ✉️",
        "\u202e\u200b",
    ],
)
def test_any_text_is_a_query(index: SearchIndex, query: str) -> None:
    index.put([document("it", title="lamp", body="lamp")])
    page = index.search(query)
    assert len(page.hits) in (0, 1)


WORDS = st.sampled_from(
    ["lamp", "Lampen", "l'été", "web:12", "de", "+31612345601", "06 12345601", "x-y", "één", "eén twee"]
)
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6), queries=st.lists(TEXTS | st.text(max_size=12), min_size=1)
)
def test_both_indexes_find_the_same(database, texts: list[str], queries: list[str]) -> None:  # type: ignore[no-untyped-def]
    plain = MemorySearch()
    with database.connection() as connection:
        connection.execute("TRUNCATE search_document")
        other = PostgresSearch(connection)
        documents = [document(str(n), title=text, body=texts[n - 1]) for n, text in enumerate(texts)]
        documents += [person(f"p{n}", text.replace("\0", "")) for n, text in enumerate(texts)]
        plain.put(documents)
        other.put(documents)
        for query in queries:
            assert found(other, query) == found(plain, query), query
