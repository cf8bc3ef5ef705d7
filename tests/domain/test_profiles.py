"""Profiles: the newest wins field by field, over all identifiers of one customer."""

from typing import Any

from klantbeeld.domain.profiles import FEEDBACK_KEPT, ProfileState, display_name
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, Cloud, cloud, pictured

BOTH = [ANNEMIEK, ANNEMIEKS_MAIL]


def described(at: float, who: Any = ANNEMIEK, **fields: Any) -> Cloud:
    return cloud("customer.described", at, who, **fields)


def profile(*clouds: Cloud) -> ProfileState:
    seen = pictured(cloud("visit.recorded", 0, BOTH), *clouds)
    [head] = seen.customers()
    return seen.profile_of(head)


def test_each_field_is_the_newest_that_anyone_gave_under_any_identifier() -> None:
    found = profile(
        described(9, ANNEMIEKS_MAIL, language="fr"),
        described(5, name={"given": "Annemiek"}, language="nl"),
    )
    assert (display_name(found), found.language and found.language[0]) == ("Annemiek", "fr")


def test_facts_fold_one_by_one() -> None:
    found = profile(described(1, facts={"since": 2011, "vip": True}), described(5, facts={"since": 2014}))
    assert {name: value for name, (value, _) in found.facts.items()} == {"since": 2014, "vip": True}


def test_a_person_is_shown_by_name_with_its_prefix_else_by_company() -> None:
    whole = {"given": "Annemiek", "prefix": "van", "family": "Dalen"}
    assert display_name(profile(described(1, name=whole, company="Dalen en Co"))) == "Annemiek van Dalen"
    assert display_name(profile(described(1, company="Dalen en Co"))) == "Dalen en Co"
    assert display_name(profile()) is None


def test_the_newest_word_on_each_purpose_and_channel_holds() -> None:
    yes = cloud("consent.changed", 1, ANNEMIEK, purpose="news", granted=True)
    no = cloud("consent.changed", 2, ANNEMIEKS_MAIL, purpose="news", granted=False)
    mail = cloud("consent.changed", 1, ANNEMIEK, id="mail", purpose="news", channel="email", granted=True)
    assert {name: granted for name, (granted, _) in profile(no, yes, mail).consents.items()} == {
        "news": False,
        "news\nemail": True,
    }


def test_only_the_newest_scores_are_kept_newest_first() -> None:
    scores = [
        cloud("feedback.given", n, ANNEMIEK, metric="nps", score=n % 11, comment=str(n))
        for n in range(FEEDBACK_KEPT + 5)
    ]
    assert [one.comment for one in profile(*scores).feedback] == [
        str(n) for n in range(FEEDBACK_KEPT + 4, 4, -1)
    ]
