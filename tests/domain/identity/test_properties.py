"""Identity holds for any evidence set: against an oracle, in any order, incrementally, and undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import (
    Evidence,
    Resolution,
    Sharing,
    expand,
    frontier,
    is_claim,
    is_dominated,
    resolve,
    rules_from,
    standing,
)
from tests.domain.identity.examples import event, known, link, recorded, unlink, withdraw
from tests.domain.identity.oracle import brute_force

TOKENS = [
    *("customer_number.1", "customer_number.2", "customer_number.3", "crm-desk.1", "crm-desk.2"),
    *("email.a", "email.b", "email.c", "phone.a", "phone.b", "device.x", "order_number.7", "phone.withheld"),
]
JUNK = ["phone.withheld"]
KNOWN = known(TOKENS, JUNK)
# Lower limits than the default ones, so that small graphs have shared identifiers, and not only those.
RULES = rules_from({"limits": {"phone": {"*": 2, "email": 2}, "email": {"phone": 1}, "device": {"email": 1}}})

marks = st.sampled_from(["", "", "!", "?"])
names = st.lists(st.tuples(st.sampled_from(TOKENS), marks).map("".join), min_size=1, max_size=3)
couples = st.lists(st.sampled_from(TOKENS), min_size=2, max_size=2, unique=True)
happenings = st.one_of(
    st.tuples(st.just("event"), names),
    st.tuples(st.just("event"), names),
    st.tuples(st.sampled_from(["link", "unlink"]), couples),
    st.tuples(st.just("withdraw"), st.integers(0, 13)),
)
histories = st.lists(happenings, min_size=1, max_size=14).flatmap(
    lambda parts: st.permutations(range(len(parts))).map(
        lambda minutes: list(zip(minutes, parts, strict=True))
    )
)
History = list[tuple[int, tuple[str, Any]]]
"""Minutes and what happened; what is withdrawn is told by its place, which may be anything's."""


def told(history: History) -> list[list[Evidence]]:
    """One list of evidence an event; events are recorded in the order given, whenever they happened."""
    tell: dict[str, Callable[..., list[Evidence]]] = {"event": event, "link": link, "unlink": unlink}
    parts = [
        _withdrawn(minute, *history[who % len(history)]) if kind == "withdraw" else tell[kind](minute, *who)
        for minute, (kind, who) in history
    ]
    return [[moved(one, recorded(place)) for one in part] for place, part in enumerate(parts)]


def _withdrawn(minute: int, when: int, what: tuple[str, Any]) -> list[Evidence]:
    kind, who = what
    pair = who if kind in ("link", "unlink") else ("email.a", "phone.a")
    return withdraw(minute, *pair, when)


def moved(one: Evidence, recorded_at: datetime) -> Evidence:
    return replace(one, recorded_at=recorded_at)


def flat(parts: list[list[Evidence]]) -> list[Evidence]:
    return [one for part in parts for one in part]


def resolve_all(evidence: list[Evidence]) -> Resolution:
    return resolve(KNOWN, evidence, RULES)


@settings(max_examples=400)
@given(histories)
def test_resolution_agrees_with_the_brute_force_oracle(history: History) -> None:
    evidence = flat(told(history))
    found = resolve_all(evidence)
    clusters, shared, contested, refused = brute_force(KNOWN, evidence, RULES)
    assert set(found.clusters.values()) == clusters
    assert found.shared == shared
    assert found.contested == contested
    assert {one.evidence.pair for one in found.refused} == refused


@given(histories, st.randoms(use_true_random=False))
def test_order_and_duplicates_of_the_evidence_change_nothing(history: History, random: Random) -> None:
    evidence = flat(told(history))
    shuffled = evidence + random.choices(evidence, k=len(evidence))
    random.shuffle(shuffled)
    assert resolve_all(shuffled) == resolve_all(evidence)
    assert frontier(shuffled) == frontier(evidence)


@given(histories, st.integers(0, 14), st.integers(0, 14))
def test_the_frontier_alone_answers_for_every_moment_of_either_clock(
    history: History, occurred: int, recorded_until: int
) -> None:
    def visible(evidence: list[Evidence]) -> list[Evidence]:
        horizon = event(occurred, "email.a")[0].order
        return [
            one for one in evidence if one.order <= horizon and one.recorded_at <= recorded(recorded_until)
        ]

    evidence = flat(told(history))
    assert resolve_all(visible(frontier(evidence))) == resolve_all(visible(evidence))


@given(histories, st.integers(0, 14))
def test_the_frontier_of_frontiers_is_the_frontier_of_the_whole(history: History, cut: int) -> None:
    parts = told(history)
    split = frontier(flat(parts[:cut])) + frontier(flat(parts[cut:]))
    assert frontier(split) == frontier(flat(parts))


@given(histories)
def test_no_piece_of_the_frontier_dominates_another(history: History) -> None:
    kept = frontier(flat(told(history)))
    assert not any(is_dominated(one, kept[:place] + kept[place + 1 :]) for place, one in enumerate(kept))


@given(histories, couples)
def test_adding_an_edge_and_unlinking_it_restores_the_clusters(history: History, couple: list[str]) -> None:
    evidence = flat(told(history))
    pair = tuple(sorted(couple))
    assume(pair not in {one.pair for one in evidence})
    before = resolve_all(evidence)
    assume(before.head[pair[0]] is None or before.head[pair[0]] != before.head[pair[1]])
    edge = (
        next(one for one in event(3, *(f"{token}!" for token in pair)) if one.a != one.b)
        if not (set(pair) & set(JUNK))
        else link(3, *pair)[0]
    )
    after = resolve_all([*evidence, edge, *unlink(99, *pair)])
    assert after.clusters == before.clusters
    assert after.head == before.head


@given(
    histories, couples, st.sampled_from([link, unlink]), st.integers(0, 99), st.integers(0, 99), st.randoms()
)
def test_a_word_that_is_taken_back_leaves_everything_as_if_it_had_never_been_said(
    history: History,
    couple: list[str],
    word: Callable[..., list[Evidence]],
    said: int,
    taken: int,
    random: Random,
) -> None:
    evidence = flat(told(history))
    both = [*evidence, *word(100 + said, *couple), *withdraw(200 + taken, *couple, 100 + said)]
    random.shuffle(both)
    assert resolve_all(both) == resolve_all(evidence)


@given(histories, st.data())
def test_of_a_history_of_words_any_can_be_taken_back_and_taken_back_again_is_no_difference(
    history: History, data: st.DataObject
) -> None:
    words = [(minute, who) for minute, (kind, who) in history if kind in ("link", "unlink")]
    assume(words)
    minute, who = data.draw(st.sampled_from(words))
    history = [one for one in history if one[1][0] != "withdraw"]
    evidence, without = flat(told(history)), flat(told([one for one in history if one[0] != minute]))
    once, twice = withdraw(50, *who, minute), withdraw(51, *who, minute)
    found = resolve_all([*evidence, *once])
    assert found == resolve_all([*twice, *evidence, *once])
    assert found.clusters == resolve_all(without).clusters


class Kept:
    """What a caller keeps between batches, updated as `expand` asks for it."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []
        self.head: dict[str, str | None] = dict.fromkeys(TOKENS)
        self.sharing: dict[str, Sharing] = dict.fromkeys(TOKENS, Sharing.no)

    def neighbours(self) -> dict[str, dict[str, Strength]]:
        words = [one for one in standing(self.evidence) if one.kind != "evidence"]
        last = {one.pair: one.kind for one in sorted(words, key=lambda one: one.order)}
        found: dict[str, dict[str, Strength]] = {token: {} for token in TOKENS}
        for one in self.evidence:
            if one.kind != "evidence" or one.a == one.b or set(one.pair) & set(JUNK):
                continue
            if last.get(one.pair) != "unlink":
                best = max(one.strength, found[one.a].get(one.b, one.strength))
                found[one.a][one.b] = found[one.b][one.a] = best
        return found

    def add(self, part: list[Evidence]) -> None:
        before = self.sharing
        self.evidence = frontier(self.evidence + part)
        self.sharing = {token: self.judged(token, others) for token, others in self.neighbours().items()}
        touched = {token for one in part if not self.is_idle(one) for token in one.pair}
        for changed in {token for token in TOKENS if before[token] is not self.sharing[token]}:
            touched |= {token for one in self.evidence if changed in one.pair for token in one.pair}
        walked = expand(touched, self.fetch, self.is_blocked)
        tokens = touched | {token for one in walked for token in one.pair}
        known = {token: KNOWN[token] for token in tokens}
        found = resolve(known, walked, RULES, self.shared(), self.contested())
        self.head.update(found.head)

    def judged(self, token: str, others: dict[str, Strength]) -> Sharing:
        around = [(KNOWN[other].type, strength) for other, strength in others.items()]
        return RULES.sharing(KNOWN[token].type, around)

    def shared(self) -> set[str]:
        return {token for token, sharing in self.sharing.items() if sharing.is_shared}

    def contested(self) -> set[str]:
        return {token for token, sharing in self.sharing.items() if sharing is Sharing.contested}

    def is_blocked(self, token: str) -> bool:
        return token in self.shared() or KNOWN[token].junk

    def is_idle(self, one: Evidence) -> bool:
        return is_claim(one) and bool(self.contested() & {one.a, one.b})

    def fetch(self, tokens: set[str]) -> list[Evidence]:
        return [one for one in self.evidence if tokens & {one.a, one.b} and not self.is_idle(one)]


@settings(max_examples=400)
@given(histories)
def test_resolving_only_what_each_event_touches_ends_where_resolving_everything_does(
    history: History,
) -> None:
    kept = Kept()
    parts = told(history)
    for part in parts:
        kept.add(part)
    whole = resolve_all(flat(parts))
    met = {token for one in flat(parts) for token in one.pair}
    assert {token: kept.head[token] for token in met} == {token: whole.head[token] for token in met}
    assert kept.shared() == whole.shared
    assert kept.contested() == whole.contested


def test_who_only_a_link_held_to_an_identifier_lets_go_when_it_becomes_shared() -> None:
    kept = Kept()
    kept.add(link(1, "customer_number.1", "email.b"))
    kept.add(event(2, "email.b", "phone.a"))
    kept.add(event(3, "customer_number.1"))
    assert kept.head["customer_number.1"] == "email.b"
    kept.add(event(4, "email.b", "phone.b"))
    assert kept.head["customer_number.1"] == "customer_number.1"


def test_the_walk_fetches_once_a_level_and_never_walks_through_what_is_blocked() -> None:
    evidence = flat(
        [event(1, "email.a", "phone.a"), event(2, "phone.a", "device.x"), event(3, "device.x", "email.b")]
    )
    levels: list[set[str]] = []

    def fetch(tokens: set[str]) -> list[Evidence]:
        levels.append(set(tokens))
        return [one for one in evidence if tokens & {one.a, one.b}]

    found = expand(["email.a"], fetch, lambda token: token == "device.x")
    assert levels == [{"email.a"}, {"phone.a"}]
    assert {one.pair for one in found if one.a != one.b} == {("email.a", "phone.a"), ("device.x", "phone.a")}


def test_an_event_says_every_pair_once_as_strong_as_its_weaker_side() -> None:
    said = event(1, "email.a!", "phone.a", "postal_address.x?", "email.a")
    pairs = {one.pair: one.strength for one in said}
    assert pairs == {
        ("email.a", "email.a"): Strength.verified,
        ("phone.a", "phone.a"): Strength.asserted,
        ("postal_address.x", "postal_address.x"): Strength.weak,
        ("email.a", "phone.a"): Strength.asserted,
    }
    assert len({(one.a == one.b, one.order) for one in said}) == len(said)
