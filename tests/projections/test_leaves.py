"""New identifiers that join a known customer without a walk join as they would with one."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.building import Cloud
from tests.projections.installation import Installation

STRENGTHS = ("weak", "asserted", "verified")
PEOPLE = [
    {"type": "customer_number", "value": "K-1"},
    {"type": "customer_number", "value": "K-2"},
    {"type": "email", "value": "anna@example.nl"},
    {"type": "email", "value": "ben@example.nl"},
    {"type": "phone", "value": "+31612345601"},
]
ORDERS = [{"type": "order_number", "value": f"web:{number}"} for number in range(6)]
PARCELS = [{"type": "tracking", "value": f"3S{number}"} for number in range(4)]

named = st.tuples(st.sampled_from([*PEOPLE, *ORDERS, *PARCELS]), st.sampled_from(STRENGTHS))
tellings = st.lists(st.lists(named, min_size=1, max_size=4), min_size=3, max_size=14)


def visit(number: int, identifiers: list[tuple[dict[str, str], str]]) -> Cloud:
    return {
        "specversion": "1.0",
        "id": f"visit-{number}",
        "source": "/test",
        "type": "klantbeeld.visit.recorded",
        "time": f"2026-11-10T09:00:{number:02}Z",
        "data": {
            "identifiers": [{**one, "strength": strength} for one, strength in identifiers],
            "page": "/",
        },
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=tellings, chance=st.randoms(use_true_random=False))
def test_customers_are_those_of_the_picture_whatever_joins_when(
    reused: Installation, told: list[list[tuple[dict[str, str], str]]], chance: Random
) -> None:
    reused.empty()
    history = [visit(number, identifiers) for number, identifiers in enumerate(told)]
    chance.shuffle(history)
    reused.post(history)
    reused.settle(sizes=lambda: chance.randint(1, 4))
    assert reused.digest() == reused.expected_digest()
