"""Putting, deleting, paging and showing, on every index."""

from dataclasses import replace

import pytest

from projections.search.port import BadCursor, Filters, SearchIndex
from tests.contracts.search.shelf import document, found, named, paged, person


def test_a_newer_version_takes_the_place_of_an_older_one(index: SearchIndex) -> None:
    index.put([document("it", body="vroeger", version=3)])
    index.put([document("it", body="later", version=4)])
    assert (found(index, "vroeger"), found(index, "later")) == (set(), {"it"})
    assert index.size() == 1


@pytest.mark.parametrize("version", [3, 2])
def test_a_version_that_is_not_newer_is_left_out(index: SearchIndex, version: int) -> None:
    index.put([document("it", body="eerste", version=3)])
    index.put([document("it", body="tweede", version=version), document("other", body="tweede")])
    assert (found(index, "eerste"), found(index, "tweede")) == ({"it"}, {"other"})


def test_of_two_versions_in_one_call_the_newer_stays(index: SearchIndex) -> None:
    index.put([document("it", body="later", version=9), document("it", body="vroeger", version=8)])
    assert (found(index, "later"), index.size()) == ({"it"}, 1)


def test_deleting_takes_what_is_older_and_nothing_else(index: SearchIndex) -> None:
    index.put([document("old", body="lamp", version=1), document("new", body="lamp", version=5)])
    for _ in range(2):
        index.delete([named("old"), named("new"), named("never there")], version=5)
        assert found(index, "lamp") == {"new"}
    assert index.present([named("old"), named("new"), named("never there")]) == {named("new")}


def test_what_was_deleted_can_come_back(index: SearchIndex) -> None:
    index.put([document("it", body="lamp")])
    index.delete([named("it")], version=2)
    index.put([document("it", body="lamp", version=3)])
    assert found(index, "lamp") == {"it"}


def test_nothing_asked_of_an_empty_index_fails(index: SearchIndex) -> None:
    index.put([])
    index.delete([], version=1)
    assert (index.size(), index.present([]), index.search("lamp").hits) == (0, frozenset(), [])


def test_a_very_long_text_with_every_odd_character_is_held(index: SearchIndex) -> None:
    odd = "tab\tlijn\nterug\rslash\\n einde\\. \\N 'quote' \"dubbel\" <b>&amp; " + "é" * 300
    index.put([document("it", channel="e\tmail", title=odd[:200], body=odd + " woord" * 11_000 + " slot")])
    assert found(index, "slash") == {"it"}
    assert found(index, "slot") == {"it"}
    assert found(index, "é" * 300) == {"it"}
    assert index.search("tab").hits[0].title == odd[:200]


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_pages_show_every_hit_once_in_the_same_order(index: SearchIndex, limit: int) -> None:
    index.put([document(f"d{n}", body="lamp " * (n % 3 + 1), day=n % 4) for n in range(23)])
    index.put([person(f"p{n}", "Lampe") for n in range(5)])
    names = paged(index, "lampp", 100)
    assert len(names) == 5
    names = paged(index, "lamp", limit)
    assert names == paged(index, "lamp", 100)
    assert sorted(names) == sorted([f"d{n}" for n in range(23)] + [f"p{n}" for n in range(5)])


def test_a_page_holds_twenty_and_at_most_a_hundred(index: SearchIndex) -> None:
    index.put([document(f"d{n}", body="lamp") for n in range(130)])
    assert len(index.search("lamp").hits) == 20
    assert len(index.search("lamp", limit=5000).hits) == 100
    assert len(index.search("lamp", limit=0).hits) == 1


def test_the_last_page_has_no_cursor(index: SearchIndex) -> None:
    index.put([document(f"d{n}", body="lamp") for n in range(4)])
    first = index.search("lamp", limit=2)
    second = index.search("lamp", limit=2, cursor=first.next_cursor)
    assert (len(second.hits), second.next_cursor) == (2, None)


@pytest.mark.parametrize("cursor", ["nonsense", "", "W10", "é", "bnVsbA", "A" * 9999])
def test_a_cursor_that_was_never_given_out_is_refused(index: SearchIndex, cursor: str) -> None:
    if cursor:
        with pytest.raises(BadCursor):
            index.search("lamp", cursor=cursor)
    else:
        assert index.search("lamp", cursor=cursor).hits == []


def test_a_cursor_belongs_to_its_query_and_filters(index: SearchIndex) -> None:
    index.put([document(f"d{n}", body="lamp tafel") for n in range(4)])
    cursor = index.search("lamp", limit=2).next_cursor
    for query, filters in (("tafel", Filters()), ("lamp", Filters(kinds=frozenset({"contact"})))):
        with pytest.raises(BadCursor):
            index.search(query, filters, cursor=cursor)


def test_a_highlight_marks_what_was_found_and_escapes_the_rest(index: SearchIndex) -> None:
    index.put([document("it", title="Vraag", body="De <b>Lampe\u0301n</b> & meer lampen, bel 06-12345601")])
    assert index.search("lampén").hits[0].highlight == (
        "De &lt;b&gt;<mark>Lampe\u0301n</mark>&lt;/b&gt; &amp; meer <mark>lampen</mark>, bel 06-12345601"
    )
    assert "<mark>06-12345601</mark>" in index.search("06 12 34 56 01").hits[0].highlight


def test_a_highlight_of_a_long_text_shows_the_place(index: SearchIndex) -> None:
    index.put(
        [document("it", title="Vraag", body="begin " + "woord " * 500 + "de gezochte zin " + "meer " * 500)]
    )
    shown = index.search("gezochte").hits[0].highlight
    assert "<mark>gezochte</mark> zin" in shown
    assert len(shown) < 250


def test_a_highlight_shows_the_title_where_only_that_was_found(index: SearchIndex) -> None:
    index.put(
        [person("she", "Anna Hoekstra", "Utrecht"), document("it", title="Kapotte lamp", body="Beste,")]
    )
    assert index.search("lamp").hits[0].highlight == "Kapotte <mark>lamp</mark>"
    assert index.search("hoekstar").hits[0].highlight == "Anna <mark>Hoekstra</mark>"


def test_a_hit_tells_whose_it_is(index: SearchIndex) -> None:
    it = document("it", "order", title="Order web:1001")
    index.put([it, replace(it, id=named("else"), body="elders")])
    hit = index.search("elders").hits[0]
    assert (hit.kind, hit.owner, hit.entity_id, hit.title) == ("order", it.owner, "it", "Order web:1001")
    assert hit.score > 0
