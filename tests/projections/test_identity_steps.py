"""Taken in any steps, identity comes out as if all evidence had been resolved at once: small worlds, very many of them.

Few identifiers and small batches, so that what is taken in without a walk (leaves, evidence within one customer) meets
conflicts, exclusive values, late first sightings and verified sides all the time.
"""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.identifiers import Strength
from tests.bench.identity.people import event, named
from tests.projections.installation import Installation
from tests.projections.town import Town

NAMES = [
    *[("customer_number", n) for n in range(3)],
    *[("account:web", n) for n in range(2)],
    *[("email", n) for n in range(3)],
    *[("device", n) for n in range(2)],
    *[("order_number", n) for n in range(3)],
    *[("tracking", n) for n in range(3)],
    *[("telegram", n) for n in range(2)],
]
strengths = st.sampled_from([Strength.asserted, Strength.asserted, Strength.verified, Strength.weak])
some = st.lists(
    st.tuples(st.sampled_from(NAMES), strengths), min_size=1, max_size=3, unique_by=lambda one: one[0]
)
words = st.sampled_from(["visit.recorded"] * 8 + ["identity.linked", "identity.unlinked"])
lives = st.lists(st.tuples(words, some), min_size=4, max_size=18)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(life=lives, batch=st.sampled_from([1, 1, 2, 3, 7]), in_order=st.booleans(), chance=st.randoms())
def test_in_any_steps_heads_sharedness_and_conflicts_are_those_of_the_whole(
    reused: Installation,
    life: list[tuple[str, list[tuple[tuple[str, int], Strength]]]],
    batch: int,
    in_order: bool,
    chance: Random,
) -> None:
    reused.run("TRUNCATE identifier, evidence, conflict")
    events = [
        event(
            number,
            [named(*name, strength) for name, strength in who],
            word if len(who) == 2 else "visit.recorded",
        )
        for number, (word, who) in enumerate(life)
    ]
    town = Town(reused, batch)
    town.take(events if in_order else chance.sample(events, len(events)))
    town.events = events
    found = town.agrees()
    first: dict[tuple[str, str], str] = {}
    for refusal in found.refused:
        first.setdefault(refusal.evidence.pair, refusal.reason)
    stored = reused.all("SELECT a, b, reason, head_a, head_b FROM conflict")
    assert set(stored) == {(a, b, reason, found.head[a], found.head[b]) for (a, b), reason in first.items()}
    shared = reused.all("SELECT token FROM identifier WHERE shared")
    assert {token for (token,) in shared} == found.shared
