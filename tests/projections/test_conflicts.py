"""Refused edges are kept as the picture has them, however events come in, and go when a person decides."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.building import Cloud, cloud, with_some_taken_back
from tests.projections.installation import Installation

STRENGTHS = ("asserted", "verified")
ABOUT = [
    {"type": "phone", "value": "+31612345698"},
    {"type": "email", "value": "person1@example.nl"},
    {"type": "email", "value": "person2@example.nl"},
    *({"type": "customer_number", "value": f"K-{number}"} for number in range(3)),
    {"type": "account:shop", "value": "a-1"},
]
named = st.tuples(st.sampled_from(ABOUT), st.sampled_from(STRENGTHS)).map(
    lambda n: {**n[0], "strength": n[1]}
)
some = st.lists(named, min_size=1, max_size=3, unique_by=lambda one: one["value"])
pairs = st.lists(st.sampled_from(ABOUT), min_size=2, max_size=2, unique_by=str)
judgements = st.sampled_from(["identity.linked", "identity.unlinked"])
days = st.lists(
    st.one_of(st.tuples(st.just("visit.recorded"), some), st.tuples(judgements, pairs)),
    min_size=3,
    max_size=16,
)


def told(name: str, minute: int, who: list[Cloud]) -> Cloud:
    field = "identifiers" if name == "visit.recorded" else "pair"
    return {**cloud(name, minute, id=f"{name}-{minute}"), "data": {field: who}}


def stored(installation: Installation) -> set[tuple[Any, ...]]:
    return set(installation.all("SELECT a, b, kind, strength, reason, occurred_at FROM conflict"))


def pictured(installation: Installation) -> set[tuple[Any, ...]]:
    """Of each pair the first that is refused."""
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for refusal in installation.pictured().resolution.refused:
        one = refusal.evidence
        row = (*one.pair, one.kind, int(one.strength), refusal.reason, one.order[0])
        found.setdefault(one.pair, row)
    return set(found.values())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=days, chance=st.randoms(use_true_random=False))
def test_conflicts_are_those_of_the_picture_however_events_come_in(
    reused: Installation, history: list[tuple[str, list[Cloud]]], chance: Random
) -> None:
    reused.empty()
    clouds = [told(name, number, who) for number, (name, who) in enumerate(history)]
    clouds = with_some_taken_back(clouds, chance)
    chance.shuffle(clouds)
    reused.post(clouds)
    reused.settle(sizes=lambda: chance.randint(1, 5))
    assert stored(reused) == pictured(reused)


MAIL = {"type": "email", "value": "person1@example.nl"}
ONE, OTHER = ({"type": "customer_number", "value": f"K-{number}"} for number in (1, 2))


def two_numbers_on_one_mailbox(installation: Installation) -> None:
    """A mailbox with two customer numbers would be shared, so a second mailbox lies between."""
    second = {"type": "email", "value": "person2@example.nl"}
    installation.take(
        [
            told("visit.recorded", 1, [ONE, MAIL]),
            told("visit.recorded", 2, [OTHER, second]),
            told("visit.recorded", 3, [MAIL, second]),
        ]
    )


def test_two_customer_numbers_in_a_chain_are_a_conflict_until_a_person_decides(
    installation: Installation,
) -> None:
    two_numbers_on_one_mailbox(installation)
    assert [row[4] for row in stored(installation)] == ["exclusive_conflict"]
    installation.take([told("identity.linked", 4, [ONE, OTHER])])
    assert stored(installation) == set()
    installation.take([told("identity.unlinked", 5, [ONE, OTHER])])
    assert [row[4] for row in stored(installation)] == ["cannot_link"]


def test_a_rebuild_finds_conflicts_that_were_lost_or_altered(installation: Installation) -> None:
    two_numbers_on_one_mailbox(installation)
    assert installation.verify().well
    installation.run("UPDATE conflict SET reason = 'both_verified'")
    report = installation.rebuild()
    assert [(one.table, one.kind) for one in report.differences] == [("conflict", "altered")]
    assert installation.verify().well
