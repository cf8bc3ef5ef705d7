"""Suggestions as the database keeps them: they follow what is told, and are gone when they no longer hold."""

import re
from collections.abc import Iterator
from random import Random

import pytest

from klantbeeld.log.postgres.database import SUGGESTIONS_LOCK
from projections.suggestions import listing
from projections.suggestions.computing import Computing, forget
from projections.suggestions.listing import Suggestion, suggestions
from tests.domain.building import Cloud, cloud, correction, judged
from tests.projections.installation import Installation

HOME = [{"street": "Breestraat", "number": "12", "postal_code": "2311 AB", "city": "Leiden"}]
BORN = "1984-03-07"
A = {"type": "customer_number", "value": "K-1", "strength": "verified"}
B = {"type": "customer_number", "value": "K-2", "strength": "verified"}
C = {"type": "customer_number", "value": "K-3", "strength": "verified"}
PHONE = {"type": "phone", "value": "+31 6 1234 5601"}


def described(
    at: float, who: dict[str, str], given: str, family: str, born: str = BORN, **data: object
) -> Cloud:
    name = {"given": given, "family": family}
    return cloud("customer.described", at, who, name=name, birth_date=born, addresses=HOME, **data)


EVA = described(1, A, "Eva", "van der Berg")
EWA = described(2, B, "Ewa", "Berg")
DAAN = described(3, C, "Daan", "de Wit", "1950-11-21")


@pytest.fixture
def computing(installation: Installation) -> Computing:
    return Computing(installation.database, installation.names)


def work(computing: Computing) -> int:
    """Until there is nothing left to do; answers the steps."""
    steps = 0
    while computing.step():
        steps += 1
        assert steps < 1_000
    return steps


def offered(installation: Installation) -> list[Suggestion]:
    with installation.database.snapshot() as connection:
        return suggestions(connection).found


def pairs(installation: Installation) -> set[tuple[str, ...]]:
    return {tuple(sorted(value for _, value in one.pair)) for one in offered(installation)}


def kept(installation: Installation) -> Iterator[tuple[str, str]]:
    """Every row of every table of suggestions, as text."""
    query = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'kept' AND starts_with(tablename, 'suggestion')"
    )
    tables = installation.all(query)
    for (table,) in tables:
        for (row,) in installation.all(f"SELECT t::text FROM kept.{table} AS t"):
            yield table, row


def test_two_customers_described_alike_are_suggested_with_reasons(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA, DAAN])
    work(computing)
    (one,) = offered(installation)
    assert {value for _, value in one.pair} == {"K-1", "K-2"}
    assert len(set(one.heads)) == 2
    assert 0.5 <= one.place[0] <= 1
    assert {"same birth date", "given name differs by one letter"} <= set(one.reasons)


def test_nothing_is_left_to_do_after_a_while_and_nothing_changes_then(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA, DAAN])
    work(computing)
    before = sorted(kept(installation))
    assert work(computing) == 0 or sorted(kept(installation)) == before


def test_a_description_that_changes_brings_and_takes_suggestions(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, DAAN])
    work(computing)
    assert pairs(installation) == set()
    installation.take([EWA])
    work(computing)
    assert pairs(installation) == {("K-1", "K-2")}
    installation.take([described(9, B, "Karel", "Smit", "1961-01-02")])
    work(computing)
    assert pairs(installation) == set()


def test_a_corrected_description_is_followed(installation: Installation, computing: Computing) -> None:
    installation.take([EVA, EWA])
    work(computing)
    installation.take(
        [correction(9, EWA, name={"given": "Karel", "family": "Smit"}, birth_date="1961-01-02")]
    )
    work(computing)
    assert pairs(installation) == set()


def test_a_link_accepts_a_suggestion_and_an_unlink_dismisses_it(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA])
    work(computing)
    installation.take([judged("linked", 10, A, B)])
    assert pairs(installation) == set()
    installation.take([judged("unlinked", 11, A, B)])
    work(computing)
    assert pairs(installation) == set()
    installation.take([judged("linked", 12, A, B)])
    assert pairs(installation) == set()


def test_what_is_forgotten_leaves_nothing_that_names_it(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA, DAAN])
    work(computing)
    (token,) = installation.one("SELECT token FROM identifier WHERE value = 'K-1'")
    with installation.connection.transaction():
        forget(installation.connection, [token])
    assert not [row for _, row in kept(installation) if token in row]
    assert pairs(installation) == set()
    assert [row for _, row in kept(installation)]


def test_whoever_is_gone_is_forgotten_by_the_round_over_everybody(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA])
    work(computing)
    (token,) = installation.one("SELECT token FROM identifier WHERE value = 'K-1'")
    installation.run("DELETE FROM entity WHERE id = %s", token)
    installation.run("UPDATE kept.suggestion_weights SET swept = '00000000-0000-0000-0000-000000000000'")
    work(computing)
    work(computing)
    assert not [row for _, row in kept(installation) if token in row]


def test_a_round_finds_what_no_description_told_of(installation: Installation, computing: Computing) -> None:
    phone = {"type": "phone", "value": "+31 6 1234 5601"}
    one = cloud("customer.described", 1, A, name={"given": "Eva", "family": "Berg"})
    other = cloud("customer.described", 2, B, name={"given": "E.", "family": "Bergh"})
    installation.take([one, other])
    computing.everything()
    before = {row for table, row in kept(installation) if table == "suggestion_person"}
    calls = [
        cloud(
            "interaction.recorded", 3 + n, [who, phone], id=f"call {n}", channel="phone", direction="inbound"
        )
        for n, who in enumerate((A, B))
    ]
    installation.take(calls)
    installation.run("UPDATE kept.suggestion_weights SET swept = '00000000-0000-0000-0000-000000000000'")
    work(computing)
    work(computing)
    after = {row for table, row in kept(installation) if table == "suggestion_person"}
    assert not before & after


def test_no_value_lies_in_the_tables_readable(installation: Installation, computing: Computing) -> None:
    installation.take([EVA, EWA, DAAN])
    work(computing)
    everything = " ".join(row for _, row in kept(installation)).lower()
    for word in ("eva", "berg", "breestraat", "2311", "leiden", "1984", "k-1"):
        alone = rf"(?<![0-9a-z-]){word}(?![0-9a-z-])"  # any digits may be part of a hash
        assert not re.search(alone, everything)


def test_work_that_was_cut_off_is_done_by_whoever_comes_next(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA, DAAN])
    assert computing.step()
    work(Computing(installation.database, installation.names))
    assert pairs(installation) == {("K-1", "K-2")}


def test_a_second_process_leaves_the_work_to_the_first(
    installation: Installation, computing: Computing
) -> None:
    installation.take([EVA, EWA])
    with installation.connection.transaction():
        installation.connection.execute("SELECT pg_advisory_xact_lock(%s)", [SUGGESTIONS_LOCK])
        assert not computing.step()
    assert computing.step()


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_people_are_told_of_makes_no_difference(
    installation: Installation, computing: Computing, seed: int
) -> None:
    told = [EVA, EWA, DAAN, described(4, {**C, "value": "K-4"}, "Daan", "Wit", "1950-11-12")]
    Random(seed).shuffle(told)
    for one in told:
        installation.take([one])
        work(computing)
    step_by_step = pairs(installation)
    computing.everything()
    assert step_by_step == pairs(installation) == {("K-1", "K-2"), ("K-3", "K-4")}
    assert computing.counts()["suggestions"] == 2


def test_a_rebuild_leaves_suggestions_as_they_were(installation: Installation, computing: Computing) -> None:
    installation.take([EVA, EWA])
    work(computing)
    before = [(one.pair, one.codes) for one in offered(installation)]
    installation.rebuild()
    work(computing)
    assert [(one.pair, one.codes) for one in offered(installation)] == before


def crowd(many: int) -> list[Cloud]:
    """So many people, each told of twice: under a number and, with a typing error, under another."""
    found = []
    for n in range(many):
        born = f"{1930 + n % 70}-{1 + n % 12:02}-{1 + n % 28:02}"
        given, family = f"Eva{letters(n)}", f"Van{letters(7 * n + 3)}sen"
        for side, name in (("a", given), ("b", given + "e")):
            who = {**A, "value": f"{side}-{n}"}
            found.append(described(1 + n / 100, who, name, family, born, id=f"{side} {n}"))
    return found


def letters(n: int) -> str:
    """Another word for each number."""
    return "".join("bdfgklmnprst"[n // 12**place % 12] + "aeiou"[n // 5**place % 5] for place in range(3))


def settle_behind_its_back(installation: Installation) -> None:
    """All customers but the least likely pair become one, and nobody has noted that their suggestions are settled."""
    installation.run(
        "UPDATE identifier AS i SET head = (SELECT min(token::text)::uuid FROM identifier) WHERE token NOT IN"
        " (SELECT unnest(ARRAY[a, b]) FROM (SELECT a, b FROM kept.suggestion"
        "  ORDER BY probability, a DESC, b DESC LIMIT 1) AS last)"
    )


def test_what_is_settled_is_passed_over_a_bounded_stretch_at_a_time_until_all_was_looked_through(
    installation: Installation, computing: Computing, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.take(crowd(20))
    computing.everything()
    settle_behind_its_back(installation)
    monkeypatch.setattr(listing, "PAGE", 3)
    monkeypatch.setattr(listing, "MOST_PASSED_OVER", 6)
    with installation.database.snapshot() as connection:
        first = suggestions(connection)
        assert (first.found, first.further is None) == ([], False)
        found, further, answers = [], first.further, 1
        while further:
            listed = suggestions(connection, after=further)
            found, further, answers = found + listed.found, listed.further, answers + 1
    assert len(found) == 1
    assert answers >= 3


@pytest.mark.parametrize("word", ["linked", "unlinked"])
def test_what_people_settled_is_not_even_looked_at_when_the_queue_is_read(
    installation: Installation, computing: Computing, word: str
) -> None:
    installation.take([EVA, EWA])
    work(computing)
    installation.take([judged(word, 10, A, B)])
    work(computing)
    assert installation.all("SELECT open FROM kept.suggestion") == [(False,)]


def test_a_suggestion_is_open_again_when_its_customers_fall_apart_without_anybody_keeping_them_apart(
    installation: Installation, computing: Computing
) -> None:
    """A corrected event joined them; its correction says that it spoke of one of them only."""
    both = cloud("visit.recorded", 4, [A, {"type": "email", "value": "eva@example.nl"}])
    again = cloud("visit.recorded", 5, [{"type": "email", "value": "eva@example.nl"}, PHONE])
    installation.take([EVA, described(2, PHONE, "Ewa", "Berg"), both, again])
    work(computing)
    assert pairs(installation) == set()
    assert installation.all("SELECT open FROM kept.suggestion") == [(False,)]
    installation.take([correction(9, again, identifiers=[PHONE])])
    work(computing)
    assert pairs(installation) == {("+31612345601", "K-1")}


def test_two_customers_described_several_times_are_suggested_once_and_by_their_best_pair(
    installation: Installation, computing: Computing
) -> None:
    """Eva is told of by her number and by her mailbox, which a later visit says are one person's."""
    mail = {"type": "email", "value": "eva@example.nl"}
    installation.take([EVA, EWA, described(3, mail, "Eva", "de Bergh")])
    work(computing)
    before = offered(installation)
    assert pairs(installation) == {
        ("K-1", "K-2"),
        ("K-1", "eva@example.nl"),
        ("K-2", "eva@example.nl"),
    }
    installation.take([cloud("visit.recorded", 4, [A, mail])])
    (one,) = offered(installation)
    best = next(each for each in before if ("customer_number", "K-2") in each.pair)
    assert one.pair == best.pair
    with installation.database.snapshot() as connection:
        assert suggestions(connection, after=one.place).found == []
