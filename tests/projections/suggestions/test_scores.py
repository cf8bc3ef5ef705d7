"""Two people's descriptions: how likely they are of one person, and for what reasons."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbeeld.domain.events.customers import Name
from klantbeeld.domain.events.event import FoldOrder
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.profiles import ProfileState, Said
from projections.suggestions.agreement import LEVELS
from projections.suggestions.blocking import LARGEST_BLOCK, keys
from projections.suggestions.commonness import Statistics
from projections.suggestions.descriptions import Description, Place, describe
from projections.suggestions.matching import candidates, scored
from projections.suggestions.reasons import REASONS
from projections.suggestions.scoring import Score, Scorer
from projections.suggestions.weights import assumed, learned
from tests.domain.building import START

BORN = date(1984, 3, 7)
HOME = Place(city="leiden", postal_code="2311ab", lines=("breestraat",), number="12")
EVA = Description(given="eva", family="berg", birth=BORN, places=(HOME,))
MANY = Statistics(
    people=10_000,
    having=dict.fromkeys(LEVELS, 10_000),
    counts={("given", "jan"): 200, ("family", "jansen"): 300, ("city", "leiden"): 100},
)


def score(one: Description, other: Description, statistics: Statistics = MANY) -> Score:
    return Scorer(statistics).score(one, other)


def like(one: Description, **changed: Any) -> Description:
    fields = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return Description(**(fields | changed))


def named(given: str | None = None, prefix: str | None = None, family: str | None = None) -> Description:
    order, name = FoldOrder(START, 0, "/test", "1"), Name(given=given, prefix=prefix, family=family)
    state = ProfileState(external_id="", name=(Said(name, Strength.asserted, order),))
    found = describe(state)
    assert found
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("Eva", "van der", "Berg"), named("Eva", None, "van der Berg")),
        (named("Eva", "van der", "Berg"), named("EVA", None, "Berg")),
        (named("Zoë", None, "Müller"), named("Zoe", None, "Muller")),
        (named("Hugo", "d'", "Hondt"), named("Hugo", None, "D'Hondt")),
        (named("Jan", "'t", "Hooft"), named("Jan", None, "'t Hooft")),
        (named("Eva van der Berg"), named("Eva", "van der", "Berg")),
        (named("Søren", None, "Ågren"), named("Soren", None, "Agren")),
    ],
)
def test_prefixes_case_and_diacritics_make_no_difference(one: Description, other: Description) -> None:
    assert one == other


@pytest.mark.parametrize("family", ["De", "Den", "van"])
def test_a_family_name_that_is_a_prefix_alone_is_kept(family: str) -> None:
    assert named("Eva", None, family).family == family.lower()


def test_a_profile_without_name_company_and_birth_date_is_not_compared() -> None:
    assert describe(ProfileState(external_id=""), [("email", "person1@example.nl")]) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"given": "ewa"}, "given_letter"),
        ({"given": "evi"}, "given_letter"),
        ({"given": "e"}, "given_part"),
        ({"given": "evamaria"}, "given_part"),
        ({"family": "bergh"}, "family_letter"),
        ({"birth": date(1984, 7, 3)}, "birth_turned"),
        ({"birth": date(1984, 3, 1)}, "birth_digit"),
        ({"birth": date(1948, 3, 7)}, "birth_digit"),
        ({"birth": date(1984, 3, 28)}, "birth_two_parts"),
        ({"birth": BORN + timedelta(days=300)}, "birth_close"),
        ({"birth": date(1950, 11, 21)}, "birth_other"),
    ],
)
def test_a_small_difference_is_found_and_named(changed: dict[str, Any], code: str) -> None:
    found = score(EVA, like(EVA, **changed))
    assert code in [one.code for one in found.findings]
    assert found.suggested
    assert found.bits <= score(EVA, EVA).bits


def test_given_and_family_name_in_each_others_place_are_found() -> None:
    swapped = like(EVA, given="berg", family="eva")
    found = score(EVA, swapped)
    assert found.suggested
    assert "names_swapped" in found.codes


def test_two_people_of_one_household_are_not_suggested() -> None:
    brother = like(EVA, given="daan", birth=date(1986, 9, 21), phones=("612345601",))
    assert not score(like(EVA, phones=("612345601",)), brother).suggested
    assert not score(like(EVA, birth=None), like(EVA, given="daan", birth=None)).suggested


def test_a_namesake_of_whom_nothing_else_is_known_is_not_suggested() -> None:
    jansen = Description(given="jan", family="jansen")
    assert not score(jansen, jansen).suggested


def test_a_rare_name_says_more_than_a_common_one() -> None:
    common, rare = Description(family="jansen", birth=BORN), Description(family="zwanenveldt", birth=BORN)
    assert score(rare, rare).bits > score(common, common).bits


def test_an_address_that_many_share_says_little() -> None:
    shared = Statistics(people=10_000, having=MANY.having, counts={("email", "info@example.nl"): 400})
    one = Description(given="eva", family="berg", emails=("info@example.nl",))
    other = like(one, given="daan", family="smit")
    assert not score(one, other, shared).suggested
    assert score(one, other, MANY).bits > score(one, other, shared).bits


def test_what_is_missing_says_nothing() -> None:
    bare = like(EVA, places=())
    assert {one.field for one in score(EVA, bare).findings} == {"given", "family", "birth"}


def test_every_reason_has_words() -> None:
    codes = {f"{field}_{level}" for field, levels in LEVELS.items() for level in levels}
    assert codes | {"names_swapped", "address_other"} == REASONS.keys()


def test_the_shares_of_each_field_add_up_before_and_after_learning() -> None:
    after = learned(
        [(0.9, 2, [("given", "same"), ("birth", "digit")]), (0.2, 1, [("given", "other")])],
        10,
        assumed().chance,
    )
    for weights in (assumed(), after):
        assert all(abs(sum(shares.values()) - 1) < 1e-9 for shares in weights.shares.values())
    assert after.shares["birth"]["digit"] > assumed().shares["birth"]["digit"]


def test_a_block_of_too_many_people_is_left_out() -> None:
    crowd = {f"{n:03}": Description(company="bakkerij", birth=BORN) for n in range(LARGEST_BLOCK + 1)}
    assert not candidates(crowd)
    del crowd["000"]
    assert len(candidates(crowd)) == LARGEST_BLOCK * (LARGEST_BLOCK - 1) / 2


@pytest.mark.parametrize(
    "changed",
    [
        {"given": "ewa"},
        {"family": "brg"},
        {"given": "berg", "family": "eva"},
        {"birth": date(1984, 7, 3)},
        {"birth": date(1985, 3, 7)},
        {"places": ()},
        {"birth": None, "given": "ev"},
    ],
)
def test_a_single_error_leaves_a_key_that_both_share(changed: dict[str, Any]) -> None:
    assert set(keys(EVA)) & set(keys(like(EVA, **changed)))


TEXT = st.sampled_from(
    ["", "eva", "ewa", "evi", "berg", "bergh", "jansen", "jansenberg", "smit", "schmidt", "j"]
)
DATES = st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2010, 12, 31)), st.just(BORN))
PLACES = st.builds(
    Place,
    city=st.sampled_from(["", "leiden", "lieden", "delft"]),
    postal_code=st.sampled_from(["", "2311ab", "2311ba"]),
    lines=st.sampled_from([(), ("breestraat",), ("breestraat", "gebouwa")]),
    number=st.sampled_from(["", "1", "12"]),
)
PEOPLE = st.builds(
    Description,
    given=TEXT,
    family=TEXT,
    birth=DATES,
    places=st.lists(PLACES, max_size=2).map(tuple),
    emails=st.sampled_from([(), ("eva@example.nl",), ("eva@shop.example", "ewa@example.nl")]),
    phones=st.sampled_from([(), ("612345601",), ("612345602", "612345601")]),
    company=st.sampled_from(["", "bakkerij", "bakkery"]),
)


@given(PEOPLE, PEOPLE)
def test_a_score_is_the_same_both_ways_round(one: Description, other: Description) -> None:
    there, back = score(one, other), score(other, one)
    assert there.bits == pytest.approx(back.bits)
    assert sorted(there.codes) == sorted(back.codes)
    assert 0 <= there.probability <= 1


@given(st.lists(PEOPLE, max_size=12), st.randoms())
def test_the_order_in_which_people_come_makes_no_difference(
    everybody: list[Description], random: Any
) -> None:
    people = {f"{n:02}": one for n, one in enumerate(everybody)}
    shuffled = list(people.items())
    random.shuffle(shuffled)
    assert _suggested(people) == pytest.approx(_suggested(dict(shuffled)))


def _suggested(people: dict[str, Description]) -> dict[tuple[str, str], float]:
    return {pair: found.probability for pair, found in scored(people)}


def test_hardly_anybody_is_suggested_among_people_of_whom_each_is_there_once() -> None:
    people = {str(n): one for n, one in enumerate(_town(Random(7)))}
    wrong = [pair for pair, found in scored(people) if found.suggested]
    assert len(wrong) <= len(people) / 200


def _town(random: Random, households: int = 700) -> list[Description]:
    """Couples and their child: names as common as they are, one address and one telephone a household."""
    given, family = _names(200, random), _names(800, random)
    return [
        Description(
            given=called,
            family=name,
            birth=date(1950 + 28 * (member == 2), 1, 1) + timedelta(days=random.randrange(9_000)),
            places=(place,),
            phones=(phone,),
        )
        for _ in range(households)
        for name in random.choices(family, _common(family))
        for place, phone in [(_home(random), f"{random.randrange(10**9):09}")]
        for member, called in enumerate(_different(3, given, random))
    ]


def _different(number: int, names: list[str], random: Random) -> list[str]:
    """Nobody gives two of a household the same name."""
    found: dict[str, None] = {}
    while len(found) < number:
        found.update(dict.fromkeys(random.choices(names, _common(names))))
    return list(found)


def _names(number: int, random: Random) -> list[str]:
    syllables = [
        a + b for a in "bdfghjklmnprstvw" for b in ("a", "e", "i", "o", "u", "aa", "ee", "oo", "ij", "oe")
    ]
    return ["".join(random.choices(syllables, k=random.choice((2, 2, 3)))) for _ in range(number)]


def _common(names: list[str]) -> list[float]:
    """The second is half as common as the first, the third a third, and so on (Zipf)."""
    return [1 / (place + 1) for place in range(len(names))]


def _home(random: Random) -> Place:
    city = random.randrange(20)
    return Place(
        city=f"plaats{'abcdefghijklmnopqrst'[city]}",
        postal_code=f"{1000 + city * 40 + random.randrange(40)}xx",
        lines=(f"straat{random.randrange(300)}",),
        number=str(random.randrange(1, 200)),
    )
