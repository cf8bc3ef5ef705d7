"""Profiles: the surest word wins field by field, then the newest, over all identifiers of one customer."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbeeld.domain.profiles import (
    FEEDBACK_KEPT,
    ProfileState,
    Told,
    consents,
    display_name,
    merge_all,
    stated_since,
)
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, Cloud, cloud, correction, pictured

VERIFIED_MAIL = {**ANNEMIEKS_MAIL, "strength": "verified"}
WEAK_MAIL = {**ANNEMIEKS_MAIL, "strength": "weak"}
UNDER = {"verified": VERIFIED_MAIL, "asserted": ANNEMIEKS_MAIL, "weak": WEAK_MAIL}
STRENGTHS = ["weak", "asserted", "verified"]
WHOLE = {
    "name": {"given": "Annemiek"},
    "birth_date": "1984-03-07",
    "language": "nl",
    "time_zone": "Europe/Amsterdam",
    "addresses": [{"city": "Leiden"}],
    "company": "Dalen en Co",
    "facts": {"vip": True},
}
FORGED = {
    "name": {"given": "Eve"},
    "birth_date": "1999-01-01",
    "language": "fr",
    "time_zone": "Europe/Paris",
    "addresses": [{"city": "Elders"}],
    "company": "Eve en Co",
    "facts": {"vip": False},
}


def described(at: float, who: Any = ANNEMIEK, **fields: Any) -> Cloud:
    return cloud("customer.described", at, who, **fields)


def consent(at: float, who: Any, granted: bool, **more: Any) -> Cloud:
    channel = more.get("channel", "any")
    return cloud("consent.changed", at, who, id=f"{at} {channel}", purpose="news", granted=granted, **more)


def profile(*clouds: Cloud) -> ProfileState:
    seen = pictured(cloud("visit.recorded", 0, [ANNEMIEK, VERIFIED_MAIL]), *clouds)
    [head] = seen.customers()
    return seen.profile_of(head)


def word(told: Told[Any]) -> Any:
    return told[0].value if told else None


def shown(state: ProfileState) -> dict[str, Any]:
    fields = {name: word(getattr(state, name)) for name in WHOLE if name != "facts"}
    return fields | {name: word(told) for name, told in state.facts.items()}


def granted(state: ProfileState) -> dict[str, bool]:
    return {key: said.value for key, said in consents(state).items()}


def test_each_field_is_the_newest_of_equally_sure_ones_under_any_identifier() -> None:
    found = profile(
        described(9, VERIFIED_MAIL, language="fr"),
        described(5, name={"given": "Annemiek"}, language="nl"),
    )
    assert (display_name(found), word(found.language)) == ("Annemiek", "fr")


@pytest.mark.parametrize("who", [ANNEMIEK, VERIFIED_MAIL], ids=["another identifier", "the same identifier"])
@pytest.mark.parametrize("strength", ["asserted", "weak"])
def test_what_is_merely_stated_replaces_nothing_that_is_verified(strength: str, who: Any) -> None:
    forged = described(9, UNDER[strength], **FORGED)
    assert shown(profile(described(5, who, **WHOLE), forged)) == shown(profile(described(5, who, **WHOLE)))


def test_what_is_weak_replaces_nothing_that_is_asserted_but_fills_what_nobody_told() -> None:
    found = profile(described(5, ANNEMIEKS_MAIL, language="nl"), described(9, WEAK_MAIL, **FORGED))
    assert (word(found.language), display_name(found)) == ("nl", "Eve")


def test_a_verified_word_replaces_a_newer_one_that_was_stated() -> None:
    found = profile(described(9, ANNEMIEKS_MAIL, language="fr"), described(5, language="nl"))
    assert word(found.language) == "nl"


def test_a_verified_identifier_beside_it_makes_no_word_surer_than_the_identifier_it_is_said_under() -> None:
    own = {"type": "phone", "value": "+31612345641", "strength": "verified"}
    victim = {**ANNEMIEK, "strength": "asserted"}
    seen = pictured(described(1, language="nl"), described(5, [victim, own], language="fr"))
    [state] = [found for head in seen.customers() if (found := seen.profile_of(head)).language]
    assert word(state.language) == "nl"


def test_an_identifier_that_an_event_names_twice_counts_with_its_best_strength() -> None:
    found = profile(described(1, language="nl"), described(5, [ANNEMIEKS_MAIL, VERIFIED_MAIL], language="fr"))
    assert word(found.language) == "fr"


def test_a_correction_that_names_its_identifiers_anew_says_it_as_surely_as_those() -> None:
    first, second = described(1, language="nl"), described(5, language="fr")
    asserted = {**ANNEMIEK, "strength": "asserted"}
    assert word(profile(first, second, correction(9, second, language="de")).language) == "de"
    weaker = correction(9, second, language="de", identifiers=[asserted])
    assert word(profile(first, second, weaker).language) == "nl"


def test_facts_fold_one_by_one() -> None:
    found = profile(described(1, facts={"since": 2011, "vip": True}), described(5, facts={"since": 2014}))
    assert {name: word(told) for name, told in found.facts.items()} == {"since": 2014, "vip": True}


def test_a_person_is_shown_by_name_with_its_prefix_else_by_company() -> None:
    whole = {"given": "Annemiek", "prefix": "van", "family": "Dalen"}
    assert display_name(profile(described(1, name=whole, company="Dalen en Co"))) == "Annemiek van Dalen"
    assert display_name(profile(described(1, company="Dalen en Co"))) == "Dalen en Co"
    assert display_name(profile()) is None


def test_a_name_that_is_merely_stated_does_not_stand_for_a_verified_company() -> None:
    company = described(1, company="Dalen en Co")
    assert (
        display_name(profile(company, described(5, ANNEMIEKS_MAIL, name={"given": "Eve"}))) == "Dalen en Co"
    )
    assert display_name(profile(company, described(5, name={"given": "Annemiek"}))) == "Annemiek"


def test_what_else_was_stated_since_is_told_by_field() -> None:
    truth = described(5, **WHOLE)
    names = ("name", "birth_date", "language", "time_zone", "addresses", "company", "facts")
    assert stated_since(profile(truth, described(9, ANNEMIEKS_MAIL, **FORGED))) == names
    assert stated_since(
        profile(truth, described(9, ANNEMIEKS_MAIL, language="fr", company="Dalen en Co"))
    ) == ("language",)


def test_what_was_stated_before_the_verified_word_or_agrees_with_it_is_not_told() -> None:
    before = described(1, ANNEMIEKS_MAIL, **FORGED)
    after = described(9, ANNEMIEKS_MAIL, **WHOLE)
    assert stated_since(profile(before, described(5, **WHOLE), after)) == ()
    assert stated_since(profile(before, described(5, VERIFIED_MAIL, **WHOLE))) == ()
    assert stated_since(profile(before, after)) == ()


def test_a_verified_word_settles_what_was_stated() -> None:
    stated = [described(5, **WHOLE), described(7, ANNEMIEKS_MAIL, **FORGED)]
    assert stated_since(profile(*stated, described(9, **WHOLE))) == ()


def test_the_newest_word_on_each_purpose_and_channel_holds() -> None:
    yes, no = consent(1, ANNEMIEK, True), consent(2, VERIFIED_MAIL, False)
    mail = consent(1, ANNEMIEK, True, channel="email")
    assert granted(profile(yes, mail)) == {"news": True, "news\nemail": True}
    assert granted(profile(no, yes, mail)) == {"news": False, "news\nemail": False}
    assert granted(profile(no, yes, consent(3, ANNEMIEK, True)))["news"] is True


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("by", [ANNEMIEK, ANNEMIEKS_MAIL], ids=["verified", "stated"])
def test_a_refusal_counts_at_once_whoever_says_it(strength: str, by: Any) -> None:
    assert granted(profile(consent(1, by, True), consent(2, UNDER[strength], False))) == {"news": False}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("refused", STRENGTHS)
def test_only_a_verified_grant_overrides_a_refusal(refused: str, strength: str) -> None:
    found = profile(consent(1, UNDER[refused], False), consent(2, UNDER[strength], True))
    assert granted(found) == {"news": strength == "verified"}
    assert stated_since(found) == (() if strength == "verified" else ("consents",))


def test_a_stated_grant_for_one_channel_does_not_hold_against_a_refusal_of_the_whole() -> None:
    no = consent(2, ANNEMIEKS_MAIL, False)
    late = profile(no, consent(3, ANNEMIEKS_MAIL, True, channel="email"))
    assert (granted(late), stated_since(late)) == ({"news": False}, ("consents",))
    early = profile(no, consent(1, ANNEMIEKS_MAIL, True, channel="email"))
    assert (granted(early), stated_since(early)) == ({"news": False, "news\nemail": False}, ())
    verified = profile(no, consent(3, ANNEMIEK, True, channel="email"))
    assert granted(verified) == {"news": False, "news\nemail": True}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("by", [ANNEMIEK, VERIFIED_MAIL], ids=["another identifier", "the same identifier"])
def test_a_refusal_of_the_whole_withdraws_what_was_verified_for_a_channel_before_it(
    strength: str, by: Any
) -> None:
    before, no = consent(1, by, True, channel="email"), consent(2, UNDER[strength], False)
    after = consent(3, by, True, channel="email")
    for order in permutations([before, no]):
        found = profile(*order)
        assert granted(found) == {"news": False, "news\nemail": False}
        assert consents(found)["news\nemail"].order == consents(found)["news"].order
        assert stated_since(found) == ()
    for order in permutations([before, no, after]):
        found = profile(*order)
        assert (granted(found), stated_since(found)) == ({"news": False, "news\nemail": True}, ())


def test_what_was_verified_for_a_channel_is_not_given_back_by_a_form() -> None:
    before, no = consent(1, ANNEMIEK, True, channel="email"), consent(2, ANNEMIEKS_MAIL, False)
    form = consent(3, ANNEMIEKS_MAIL, True, channel="email")
    for order in permutations([before, no, form]):
        found = profile(*order)
        assert (granted(found), stated_since(found)) == (
            {"news": False, "news\nemail": False},
            ("consents",),
        )


words = st.tuples(st.sampled_from(STRENGTHS), st.sampled_from(["nl", "fr"]))


@given(st.lists(words, min_size=1, max_size=4))
def test_the_shown_word_is_the_newest_of_the_surest_in_whatever_order_they_come(
    told: list[tuple[str, str]],
) -> None:
    clouds = [
        described(n, UNDER[strength], language=language) for n, (strength, language) in enumerate(told, 1)
    ]
    best = max(range(len(told)), key=lambda n: (STRENGTHS.index(told[n][0]), n))
    expected = told[best][1]
    warned = told[-1][1] != expected
    for order in permutations(clouds):
        found = profile(*order)
        assert word(found.language) == expected
        assert stated_since(found) == (("language",) if warned else ())
        assert merge_all([found, found]).language == found.language


def test_only_the_newest_scores_are_kept_newest_first() -> None:
    scores = [
        cloud("feedback.given", n, ANNEMIEK, metric="nps", score=n % 11, comment=str(n))
        for n in range(FEEDBACK_KEPT + 5)
    ]
    assert [one.comment for one in profile(*scores).feedback] == [
        str(n) for n in range(FEEDBACK_KEPT + 4, 4, -1)
    ]
