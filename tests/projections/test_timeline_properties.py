"""The read models are a function of the set of events: they agree with the picture however the events came in."""

from collections.abc import Sequence
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.building import Cloud, cloud, with_some_taken_back
from tests.domain.household import household
from tests.domain.strategies import histories
from tests.projections.installation import Installation

chances = st.randoms(use_true_random=False)
some_histories = st.one_of(histories(), st.just(household()))
fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def arrived(installation: Installation, history: Sequence[Cloud], chance: Random) -> Installation:
    """The history in any order, some of it twice, in several posts, processed in batches of any size."""
    installation.empty()
    shuffled = [*chance.sample(history, len(history)), *chance.sample(history, len(history) // 3)]
    while shuffled:
        cut = chance.randint(1, len(shuffled))
        installation.post(shuffled[:cut])
        installation.settle(sizes=lambda: chance.randint(1, 6))
        shuffled = shuffled[cut:]
    return installation


@settings(max_examples=60, suppress_health_check=fixtures_too)
@given(history=some_histories, chance=chances)
def test_read_models_agree_with_the_picture_however_events_come_in(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    arrived(reused, history, chance)
    assert reused.digest() == reused.expected_digest()


@settings(max_examples=15, suppress_health_check=fixtures_too)
@given(history=some_histories, chance=chances)
def test_two_installations_give_one_digest(
    reused: Installation, reused_too: Installation, history: list[Cloud], chance: Random
) -> None:
    assert arrived(reused, history, chance).digest() == arrived(reused_too, history, chance).digest()


@settings(max_examples=15, suppress_health_check=fixtures_too)
@given(history=some_histories, chance=chances)
def test_every_row_is_what_a_replay_gives_however_events_came_in(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    report = arrived(reused, history, chance).verify()
    assert (report.differences, report.content_digest) == ([], reused.expected_digest())
    assert report.well


KIOSK = {"type": "phone", "value": "+31612345699"}
ABOUT = [
    KIOSK,
    {"type": "email", "value": "person1@example.nl"},
    *({"type": "customer_number", "value": f"K-{number}"} for number in range(5)),
]
one_or_two = st.lists(st.sampled_from(ABOUT), min_size=1, max_size=2, unique_by=str)
pairs = st.lists(st.sampled_from(ABOUT), min_size=2, max_size=2, unique_by=str)
judgements = st.sampled_from(["identity.linked", "identity.unlinked"])
kiosk_days = st.lists(
    st.one_of(st.tuples(st.just("visit.recorded"), one_or_two), st.tuples(judgements, pairs)),
    min_size=4,
    max_size=18,
)


@settings(max_examples=40, suppress_health_check=fixtures_too)
@given(told=kiosk_days, chance=chances)
def test_who_is_who_agrees_with_the_picture_around_a_kiosk_that_many_use(
    reused: Installation, told: list[tuple[str, list[Cloud]]], chance: Random
) -> None:
    history = [
        {**cloud(name, number % 4, id=str(number)), "data": {_field(name): who}}
        for number, (name, who) in enumerate(told)
    ]
    arrived(reused, with_some_taken_back(history, chance), chance)
    resolution = reused.pictured().resolution
    stored = {
        token: (head, shared)
        for token, head, shared in reused.all("SELECT token, head, shared FROM identifier")
    }
    assert stored == {token: (head, token in resolution.shared) for token, head in resolution.head.items()}


def _field(name: str) -> str:
    return "identifiers" if name == "visit.recorded" else "pair"
