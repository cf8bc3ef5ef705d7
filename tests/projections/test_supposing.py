"""What a preview supposes of a link or an unlink is what then happens, and what it refuses would change nothing."""

from datetime import timedelta
from random import Random
from typing import Any, Literal

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.events.event import Identified
from klantbeeld.domain.times import to_text
from klantbeeld.log.postgres.database import Connection
from projections.reading.supposing import Supposition, suppose
from tests.domain.building import NOW, Cloud, cloud, with_some_taken_back
from tests.projections.installation import RULES, Installation

JUNK = {"type": "phone", "value": "anonymous"}
ABOUT = [
    {"type": "phone", "value": "+31612345697"},
    {"type": "email", "value": "person1@example.nl"},
    {"type": "email", "value": "person2@example.nl"},
    *({"type": "customer_number", "value": f"K-{number}"} for number in range(4)),
    JUNK,
]
UNSEEN = {"type": "loyalty_card", "value": "L-1"}
NORMAL = {**{one["value"]: one["value"] for one in (*ABOUT, UNSEEN)}, "anonymous": "local:anonymous"}
strengths = st.sampled_from(["weak", "asserted", "verified"])
named = st.tuples(st.sampled_from(ABOUT), strengths).map(lambda pair: {**pair[0], "strength": pair[1]})
some = st.lists(named, min_size=1, max_size=3, unique_by=lambda one: one["value"])
pairs = st.lists(st.sampled_from(ABOUT), min_size=2, max_size=2, unique_by=str)
words = st.sampled_from(["identity.linked", "identity.unlinked"])
days = st.lists(
    st.one_of(st.tuples(st.just("visit.recorded"), some), st.tuples(words, pairs)), min_size=3, max_size=14
)
asked = st.lists(st.sampled_from([*ABOUT, UNSEEN]), min_size=2, max_size=2, unique_by=str)
kinds = st.sampled_from(["link", "unlink", "withdrawal"])
TYPES = {"link": "linked", "unlink": "unlinked", "withdrawal": "decision_withdrawn"}
Kind = Literal["link", "unlink", "withdrawal"]


def told(name: str, at: float | str, who: list[Cloud]) -> Cloud:
    field = "identifiers" if name == "visit.recorded" else "pair"
    return {**cloud(name, at, id=f"{name}-{at}"), "data": {field: who}}


def supposed(
    installation: Installation, connection: Connection, kind: Kind, pair: list[Cloud]
) -> Supposition:
    keys = [(one["type"], NORMAL[one["value"]]) for one in pair]
    tokens = installation.keys.find(keys)
    both = [
        Identified(token or f"00000000-0000-4000-8000-00000000000{place}", type_, value, 2)
        for place, (token, (type_, value)) in enumerate(zip(tokens, keys, strict=True))
    ]
    return suppose(connection, RULES, kind, both, NOW - timedelta(days=60))


def heads(installation: Installation) -> dict[str, Any]:
    """Of each identifier the one that stands for its customer, by type and value."""
    rows = installation.all(
        "SELECT i.type, i.value, h.type, h.value FROM identifier i LEFT JOIN identifier h ON h.token = i.head"
    )
    return {f"{type_} {value}": head and f"{head} {of}" for type_, value, head, of in rows}


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=days, kind=kinds, pair=asked, chance=st.randoms(use_true_random=False))
def test_what_is_supposed_is_what_happens(
    reused: Installation,
    history: list[tuple[str, list[Cloud]]],
    kind: Kind,
    pair: list[Cloud],
    chance: Random,
) -> None:
    reused.empty()
    days = [told(name, number, who) for number, (name, who) in enumerate(history)]
    reused.take(with_some_taken_back(days, chance))
    before = heads(reused)
    with reused.database.snapshot() as connection:
        found = supposed(reused, connection, kind, pair)
    names = {token: f"{one.type} {one.value}" for token, one in found.known.items()}
    expected = {names[token]: head and names[head] for token, head in found.after.items()}
    event(found.obstacle.code if found.obstacle else f"{kind}, {len(found.moved)} move")
    assert heads(reused) == before
    word = told(f"identity.{TYPES[kind]}", to_text(found.at), pair)
    if kind == "withdrawal":
        word["data"]["withdraws"] = [
            {"source": one, "id": id} for one, id in found.takes_back or [("/", "-")]
        ]
    reused.take([word])
    after = heads(reused)
    if found.obstacle is None or found.obstacle.code.startswith(("already", "cannot", "shared", "nothing")):
        assert {**before, **expected} == after
    if found.obstacle and found.obstacle.code != "unknown_identifier":
        assert {name: after[name] for name in before} == before
