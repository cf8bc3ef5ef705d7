"""Who is who in the read models: what the picture says, in any order, over any workers, and as if never merged."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.domain.building import Cloud, cloud, taken_back, with_some_taken_back
from tests.projections.installation import Installation
from tests.projections.test_several_workers import worked
from tests.projections.test_timeline_properties import arrived

STRENGTHS = ("weak", "asserted", "asserted", "verified")
PEOPLE = [
    *({"type": "customer_number", "value": f"K-{number}"} for number in range(3)),
    *({"type": "crm:desk", "value": f"D-{number}"} for number in range(2)),
    *({"type": "email", "value": f"person{number}@example.nl"} for number in range(4)),
    {"type": "phone", "value": "+31612345698"},
    {"type": "phone", "value": "+31612345699"},
    {"type": "phone", "value": "anonymous"},
    {"type": "device", "value": "kiosk"},
]
THINGS = [
    *({"type": "order_number", "value": f"web:{number}"} for number in range(4)),
    *({"type": "tracking", "value": f"3S{number}"} for number in range(4)),
    *({"type": "anonymous", "value": f"web/{number}"} for number in range(2)),
]
named = st.tuples(st.sampled_from([*PEOPLE, *THINGS]), st.sampled_from(STRENGTHS)).map(
    lambda one: {**one[0], "strength": one[1]}
)
some = st.lists(named, min_size=1, max_size=4, unique_by=lambda one: one["value"])
pairs = st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=2, unique_by=lambda one: one["value"])
told = st.one_of(
    st.tuples(st.just("visit.recorded"), some),
    st.tuples(st.just("visit.recorded"), some),
    st.tuples(st.just("visit.recorded"), some),
    st.tuples(st.sampled_from(["identity.linked", "identity.unlinked"]), pairs),
)
words = st.sampled_from(["identity.linked", "identity.unlinked"])
lives = st.lists(told, min_size=3, max_size=20)
chances = st.randoms(use_true_random=False)
fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
Told = tuple[str, list[Cloud]]


def happened(name: str, who: list[Cloud], id: str, minute: int) -> Cloud:
    field = "identifiers" if name == "visit.recorded" else "pair"
    return {**cloud(name, minute, id=id), "data": {field: who}}


def history_of(life: Sequence[Told]) -> list[Cloud]:
    """Two events at a time happen at the same minute."""
    return [happened(*one, id=f"{number}", minute=number // 2) for number, one in enumerate(life)]


def who_is_who(installation: Installation) -> set[tuple[Any, ...]]:
    return set(installation.all("SELECT token, head, shared, junk FROM identifier"))


def conflicts(installation: Installation) -> set[tuple[Any, ...]]:
    return set(installation.all("SELECT a, b, reason FROM conflict"))


def agrees_with_the_picture(installation: Installation) -> None:
    seen = installation.pictured()
    found = seen.resolution
    assert who_is_who(installation) == {
        (token, head, token in found.shared, seen.known[token].junk) for token, head in found.head.items()
    }
    first: dict[tuple[str, str], str] = {}
    for refusal in found.refused:
        first.setdefault(refusal.evidence.pair, refusal.reason)
    assert conflicts(installation) == {(*pair, reason) for pair, reason in first.items()}
    assert installation.digest() == installation.expected_digest()


@settings(max_examples=80, suppress_health_check=fixtures_too)
@given(life=lives, chance=chances)
def test_who_is_who_is_the_pictures_whatever_order_and_copies_events_come_in(
    reused: Installation, life: list[Told], chance: Random
) -> None:
    arrived(reused, with_some_taken_back(history_of(life), chance), chance)
    agrees_with_the_picture(reused)


@settings(max_examples=25, suppress_health_check=fixtures_too)
@given(life=lives, chance=chances)
def test_who_is_who_is_the_pictures_over_any_split_among_workers(
    reused: Installation, life: list[Told], chance: Random
) -> None:
    worked(reused, with_some_taken_back(history_of(life), chance), chance)
    agrees_with_the_picture(reused)


def without_words(installation: Installation, words: Sequence[Cloud]) -> str:
    """The content digest as if these events had no entries of their own."""
    ids = [one["id"] for one in words]
    assert installation.run("DELETE FROM entry WHERE id = ANY(%s)", ids) == len(ids)
    return installation.digest()


@settings(max_examples=50, suppress_health_check=fixtures_too)
@given(before=lives, after=lives, pair=pairs, chance=chances)
def test_merging_activity_and_unmerging_leave_what_never_merging_would(
    reused: Installation, before: list[Told], after: list[Told], pair: list[Cloud], chance: Random
) -> None:
    merge = happened("identity.linked", pair, "merge", len(before))
    unmerge = happened("identity.unlinked", pair, "unmerge", 99)
    assume(_never_together([*before, *after], pair))
    activity = history_of([*before, *after])
    arrived(reused, activity, chance)
    assume(_are_strangers(reused, pair))
    never, who, refused = reused.digest(), who_is_who_by_name(reused), refused_by_name(reused)

    cut = chance.randint(0, len(activity))
    arrived(reused, [*activity[:cut], merge], chance)
    reused.take(activity[cut:], [unmerge])
    assert who_is_who_by_name(reused) == who
    assert refused_by_name(reused) == refused
    assert without_words(reused, [merge, unmerge]) == never


@settings(max_examples=40, suppress_health_check=fixtures_too)
@given(life=lives, pair=pairs, chance=chances)
def test_one_more_event_about_two_people_and_an_unlink_of_it_change_nobody(
    reused: Installation, life: list[Told], pair: list[Cloud], chance: Random
) -> None:
    assume(_never_together(life, pair))
    activity = history_of(life)
    arrived(reused, activity, chance)
    assume(_are_strangers(reused, pair))
    who = who_is_who_by_name(reused)
    edge = happened("visit.recorded", [{**one, "strength": "asserted"} for one in pair], "edge", 98)
    reused.take([edge], [happened("identity.unlinked", pair, "undone", 99)])
    assert who_is_who_by_name(reused) == who


@settings(max_examples=50, suppress_health_check=fixtures_too)
@given(before=lives, after=lives, pair=pairs, word=words, chance=chances)
def test_a_word_that_was_taken_back_leaves_what_never_saying_it_would(
    reused: Installation, before: list[Told], after: list[Told], pair: list[Cloud], word: str, chance: Random
) -> None:
    """Whatever else was said of the pair, before or after."""
    said = happened(word, pair, "error", len(before) // 2)
    back = taken_back(said, 99, id="back")
    activity = with_some_taken_back(history_of([*before, *after]), chance)
    arrived(reused, activity, chance)
    assume(_all_seen(reused, pair))
    never, who, refused = reused.digest(), who_is_who_by_name(reused), refused_by_name(reused)

    first, second = chance.sample([said, back], 2)
    cut = chance.randint(0, len(activity))
    arrived(reused, [*activity[:cut], first], chance)
    reused.take(activity[cut:], [second])
    assert who_is_who_by_name(reused) == who
    assert refused_by_name(reused) == refused
    assert without_words(reused, [said, back]) == never


def who_is_who_by_name(installation: Installation) -> set[tuple[Any, ...]]:
    return set(
        installation.all(
            "SELECT one.type, one.value, head.type, head.value, one.shared"
            " FROM identifier one LEFT JOIN identifier head ON head.token = one.head"
        )
    )


def refused_by_name(installation: Installation) -> set[frozenset[str]]:
    found = installation.all(
        "SELECT a.type || a.value, b.type || b.value"
        " FROM conflict JOIN identifier a ON a.token = conflict.a JOIN identifier b ON b.token = conflict.b"
    )
    return {frozenset(row) for row in found}


def _never_together(life: Sequence[Told], pair: list[Cloud]) -> bool:
    """Both are told of, and no event tells of both: whatever else makes them strangers, this must hold."""
    wanted = {one["value"] for one in pair}
    named = [wanted & {one["value"] for one in who} for _, who in life]
    return wanted == set().union(*named) and wanted not in named


def _are_strangers(installation: Installation, pair: list[Cloud]) -> bool:
    """Both are known, and neither evidence nor a person's word speaks of the two; they are different people."""
    tokens = [
        row
        for one in pair
        for row in installation.all(
            "SELECT token, head FROM identifier WHERE type = %s AND value = %s AND NOT junk",
            one["type"],
            one["value"],
        )
    ]
    if len(tokens) != 2 or tokens[0][1] == tokens[1][1]:
        return False
    (a, _), (b, _) = sorted(tokens)
    return _all_seen(installation, pair) and not installation.all(
        "SELECT 1 FROM evidence WHERE a = %s AND b = %s", a, b
    )


def _all_seen(installation: Installation, pair: list[Cloud]) -> bool:
    """Whether events have shown both."""
    rows = [
        installation.all(
            "SELECT 1 FROM identifier JOIN evidence ON a = token AND b = token"
            " WHERE type = %s AND (value = %s OR value = 'local:' || %s)",
            one["type"],
            one["value"],
            one["value"],
        )
        for one in pair
    ]
    return all(rows)
