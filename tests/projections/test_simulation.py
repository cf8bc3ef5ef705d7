"""A trial of other rules says exactly what they would do, and does nothing."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.identity import customer_id, default_rules, rules_from
from projections.rejudging import Rejudging
from projections.simulation import Changes, Effect, Judged, simulate
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, BORIS, Cloud, cloud
from tests.projections.installation import Installation
from tests.projections.ruled import DOCUMENTS, any_order, conclusions, ruled_histories, rules_changed

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PHONE = {"type": "phone", "value": "+31612345651"}
fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
Conclusions = dict[str, tuple[str | None, bool, bool]]
NOTHING = Changes(count=0, first=())


def tried(installation: Installation, document: dict[str, Any], limit: int = 1000) -> Effect:
    return simulate(installation.database, default_rules(), rules_from(document), NOW, limit=limit)


def gathered(of: Conclusions, by: Conclusions) -> dict[str, set[str]]:
    """For each customer of the one that has identifiers of several of the other: which, but for itself."""
    found: dict[str, set[str]] = {}
    for token, (head, *_) in of.items():
        other = by[token][0]
        if head and other:
            found.setdefault(head, set()).add(other)
    return {
        customer_id(head): {customer_id(other) for other in others if other != head}
        for head, others in found.items()
        if len(others) > 1
    }


def as_told(changes: Changes) -> dict[str, set[str]]:
    assert changes.count == len(changes.first)
    assert [one.customer_id for one in changes.first] == sorted(one.customer_id for one in changes.first)
    return {one.customer_id: set(one.others) for one in changes.first}


def things(installation: Installation) -> dict[tuple[str, str], Any]:
    rows = installation.all(
        "SELECT thing.kind, thing.id, i.head FROM entity AS thing LEFT JOIN identifier AS i ON i.token = thing.owner"
        " WHERE visible AND (kind = 'order' OR kind IN ('agreement', 'follow_up') AND closes_at > %s)"
        " UNION ALL SELECT 'entry', event_key, i.head FROM entry LEFT JOIN identifier AS i ON i.token = owner"
        " WHERE entry.type <> 'rules.changed'",
        NOW,
    )
    return {(kind, id_): head for kind, id_, head in rows}


def judged(installation: Installation, before: Conclusions, after: Conclusions) -> dict[str, Judged]:
    types = dict(installation.all("SELECT token, type FROM identifier"))
    found: dict[str, Counter[str]] = {}
    for token, (_, shared, junk) in after.items():
        for name, was, now in (("shared", before[token][1], shared), ("junk", before[token][2], junk)):
            if was != now:
                found.setdefault(types[token], Counter())[f"{'become' if now else 'cease'}_{name}"] += 1
    names = ("become_shared", "cease_shared", "become_junk", "cease_junk")
    return {type_: Judged(**{name: counts[name] for name in names}) for type_, counts in found.items()}


@settings(max_examples=100, suppress_health_check=fixtures_too)
@given(
    history=ruled_histories(), document=st.sampled_from(DOCUMENTS), chance=st.randoms(use_true_random=False)
)
def test_a_trial_says_exactly_what_the_change_then_does(
    reused: Installation, history: list[Cloud], document: dict[str, Any], chance: Random
) -> None:
    reused.empty()
    reused.take(any_order(history, chance))
    before, belonged = conclusions(reused), things(reused)
    effect = tried(reused, document)
    assert conclusions(reused) == before
    reused.take([rules_changed(100, document, id="in earnest")])
    after, belongs = conclusions(reused), things(reused)
    assert as_told(effect.merged) == gathered(after, before)
    assert as_told(effect.split) == gathered(before, after)
    assert effect.customers_before == len({head for head, *_ in before.values() if head})
    assert effect.customers_after == len({head for head, *_ in after.values() if head})
    assert effect.identifiers == judged(reused, before, after)
    moved = Counter(kind for (kind, id_), head in belonged.items() if belongs[kind, id_] != head)
    told = (effect.agreements, effect.follow_ups, effect.orders, effect.entries)
    assert told == tuple(moved[kind] for kind in ("agreement", "follow_up", "order", "entry"))


@pytest.fixture
def two_people(installation: Installation) -> Installation:
    """A phone that two customers gave: shared as long as a phone is one customer's."""
    installation.take(
        [
            cloud("visit.recorded", 1, [ANNEMIEK, ANNEMIEKS_MAIL, PHONE], page="/"),
            cloud("visit.recorded", 2, [{"type": "device", "value": "d1"}, PHONE], page="/"),
            cloud("visit.recorded", 3, [{"type": "email", "value": "else@example.nl"}, PHONE], page="/"),
        ]
    )
    return installation


def test_what_is_shown_of_a_customer_are_types_and_numbers(two_people: Installation) -> None:
    effect = tried(two_people, {"limits": {"phone": {"email": 1}}})
    (one,) = effect.split.first
    assert one.identifiers == {"customer_number": 1, "device": 1, "email": 2, "phone": 1}
    assert len(one.others) == 2
    assert one.customer_id not in one.others
    assert effect.merged == NOTHING
    assert effect.identifiers["phone"].become_shared == 1
    assert "example.nl" not in str(effect)
    assert "+316" not in str(effect)


def test_who_is_verified_would_keep_a_phone_that_too_many_assert(two_people: Installation) -> None:
    login = [{**one, "strength": "verified"} for one in (ANNEMIEK, PHONE)]
    two_people.take([cloud("visit.recorded", 9, login, id="login", page="/")])
    effect = tried(two_people, {"limits": {"phone": {"email": 1}}})
    assert (effect.split.count, effect.identifiers) == (1, {})
    assert effect.customers_after - effect.customers_before == 2


def test_the_first_few_are_shown_and_all_are_counted(two_people: Installation) -> None:
    other = {"type": "phone", "value": "+31612345652"}
    mails = [{"type": "email", "value": f"boris{number}@example.nl"} for number in (1, 2)]
    two_people.take(
        [cloud("visit.recorded", 4 + n, [one, other], page="/") for n, one in enumerate([BORIS, *mails])]
    )
    document = {"limits": {"phone": {"email": 1}}}
    everything = tried(two_people, document)
    assert everything.split.count == 2
    first = tried(two_people, document, limit=1)
    assert (first.split.count, first.split.first) == (2, everything.split.first[:1])


def test_the_rules_in_force_change_nothing(two_people: Installation) -> None:
    two_people.take([rules_changed(5, {"limits": {"phone": {"email": 1}}})])
    effect = tried(two_people, {"limits": {"phone": {"email": 1}}})
    assert (effect.version, effect.merged, effect.split, effect.identifiers) == ("7", NOTHING, NOTHING, {})


def test_nothing_can_be_written_in_a_trial(two_people: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Rejudging.judge

    def judge_and_write(self: Rejudging) -> None:
        judge(self)
        self.connection.execute("DELETE FROM evidence")

    monkeypatch.setattr(Rejudging, "judge", judge_and_write)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        tried(two_people, {})
