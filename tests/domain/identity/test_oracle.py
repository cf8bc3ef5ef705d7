"""Every small graph, any limits, any junk, people's words in every order: all as the oracle has it."""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantbeeld.domain.identity import Evidence, Known, Rules, default_rules, resolve, rules_from
from tests.domain.identity.examples import event, known, link, unlink, withdraw
from tests.domain.identity.oracle import brute_force, head_of

FOUR = ("customer_number.1", "customer_number.2", "email.a", "phone.b")
COUPLES = list(combinations(FOUR, 2))
SEVEN = [*FOUR, "email.c", "device.x", "order_number.7"]
TYPES = ["customer_number", "email", "phone", "device", "order_number", "*"]
NO_LIMITS = rules_from({"limits": {row: dict.fromkeys(TYPES[:-1]) for row in TYPES[:-1]}})


def agrees(known: Mapping[str, Known], evidence: Sequence[Evidence], rules: Rules) -> None:
    found = resolve(known, evidence, rules)
    clusters, shared, contested, refused = brute_force(known, evidence, rules)
    assert set(found.clusters.values()) == clusters
    assert found.shared == shared
    assert found.contested == contested
    assert {one.evidence.pair for one in found.refused} == refused
    assert set(found.clusters) == {head_of(cluster, known, evidence) for cluster in clusters}


def said(how: str, minute: int, a: str, b: str) -> list[Evidence]:
    if how == "nothing":
        return []
    if how in ("link", "unlink"):
        return link(minute, a, b) if how == "link" else unlink(minute, a, b)
    return event(minute, *(f"{one}!" if how == "verified" else one for one in (a, b)))


@pytest.mark.parametrize("rules", [default_rules(), NO_LIMITS], ids=["default", "no limits"])
@pytest.mark.parametrize("first", ["nothing", "asserted", "verified", "unlink", "link"])
def test_every_graph_of_two_numbers_a_mailbox_and_a_phone(first: str, rules: Rules) -> None:
    """What is said of the two numbers is given; of each other pair nothing, an event, a login or an unlink."""
    people = known(FOUR)
    for others in product(("nothing", "asserted", "verified", "unlink"), repeat=len(COUPLES) - 1):
        ways = zip((first, *others), COUPLES, strict=True)
        agrees(people, [one for n, (how, pair) in enumerate(ways) for one in said(how, n, *pair)], rules)


WORDS = [
    ("verified", "customer_number.1", "email.a"),
    ("link", "email.a", "phone.b"),
    ("unlink", "email.a", "phone.b"),
    ("asserted", "customer_number.2", "phone.b"),
    ("unlink", "customer_number.1", "customer_number.2"),
    ("link", "customer_number.1", "phone.b"),
]


@pytest.mark.parametrize("taken", [(), (1,), (2,), (1, 2), (4, 5), (0, 3)], ids=str)
def test_peoples_words_in_every_order_of_time(taken: tuple[int, ...]) -> None:
    """Some of them are taken back; what is no word of a person cannot be."""
    people = known(FOUR)
    for order in permutations(range(len(WORDS))):
        told = [said(*(WORDS[which][0], minute, *WORDS[which][1:])) for minute, which in enumerate(order)]
        told += [withdraw(9 + n, *WORDS[n][1:], order.index(n)) for n in taken]
        agrees(people, [one for part in told for one in part], NO_LIMITS)


marks = st.sampled_from(["", "", "!", "?"])
names = st.lists(st.tuples(st.sampled_from(SEVEN), marks).map("".join), min_size=1, max_size=3)
couples = st.lists(st.sampled_from(SEVEN), min_size=2, max_size=2, unique=True)
happenings = st.one_of(
    *[st.tuples(st.just("event"), names)] * 3, st.tuples(st.sampled_from(["link", "unlink"]), couples)
)
lives = st.lists(happenings, min_size=3, max_size=18)
limits = st.dictionaries(
    st.sampled_from(TYPES[:-1]),
    st.dictionaries(st.sampled_from(TYPES), st.sampled_from([0, 1, 2, None]), max_size=3),
    max_size=4,
)


@settings(max_examples=400)
@given(life=lives, limits=limits, junk=st.sets(st.sampled_from(SEVEN), max_size=2), chance=st.randoms())
def test_any_limits_any_junk_and_everything_dense(
    life: list[tuple[str, list[str]]], limits: dict[str, Any], junk: set[str], chance: Any
) -> None:
    tell = {"event": event, "link": link, "unlink": unlink}
    minutes = chance.sample(range(len(life)), len(life))
    evidence = [
        one for minute, (how, who) in zip(minutes, life, strict=True) for one in tell[how](minute, *who)
    ]
    chance.shuffle(evidence)
    agrees(known(SEVEN, junk), evidence, rules_from({"limits": limits}))
