"""What a form says of somebody replaces nothing that was verified, wherever it is shown; and agents are told of it."""

import json
from typing import Any

import pytest

from tests.api.desk.desk import BATCH, Desk, ago, email, event, number, phone, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, WITHDRAWALS, judge
from tests.api.desk.test_search import search
from tests.api.desk.test_stolen_profiles import (
    Attacker,
    Event,
    Identifier,
    Victim,
    account,
    asserted,
    part_of,
)

CHANGE, INCLUDES = "profile_change_stated", "includes_stated"
FIELDS = ["name", "birth_date", "language", "time_zone", "addresses", "company", "facts"]


def truth(given: str) -> dict[str, Any]:
    return {
        "name": {"given": given},
        "birth_date": "1984-03-07",
        "language": "nl",
        "time_zone": "Europe/Amsterdam",
        "addresses": [{"street": "Breestraat", "number": "12", "city": "Leiden", "lines": []}],
        "company": "Dalen en Co",
        "facts": {"vip": False},
    }


FORGED: dict[str, Any] = {
    "name": {"given": "Eveforged"},
    "birth_date": "1999-01-01",
    "language": "fr",
    "time_zone": "Europe/Paris",
    "addresses": [{"street": "Valseweg", "number": "6", "city": "Elders"}],
    "company": "Eve en Co",
    "facts": {"vip": True},
}


class Known(Victim):
    """A victim of whom the login attests a whole profile, and who wants no news."""

    def __init__(self) -> None:
        super().__init__()
        self.given = unique("Anna").replace("-", "q")

    def life(self) -> list[Event]:
        return [
            event("customer.described", [self.account, self.mail], ago(days=9), **truth(self.given)),
            event("consent.changed", [self.account], ago(days=9), purpose="news", granted=False),
            talk([self.mail], ago(days=8), channel="email"),
        ]


def described(*identifiers: Identifier, at: str, **fields: Any) -> Event:
    return event("customer.described", [asserted(one) for one in identifiers], at, **(fields or FORGED))


FORGERIES = {
    "the victim's mailbox": lambda v, a, at: [described(v.mail, at=at)],
    "the victim's account": lambda v, a, at: [described(v.account, at=at)],
    "the victim's mailbox and a telephone": lambda v, a, at: [described(v.mail, a.phone, at=at)],
    "a telephone that a form gave the victim": lambda v, a, at: [
        talk([asserted(v.mail), a.phone], at),
        described(a.phone, at=at),
    ],
    "one's own verified telephone beside the victim's account": lambda v, a, at: [
        event("customer.described", [asserted(v.account), {**a.phone, "strength": "verified"}], at, **FORGED)
    ],
}


def told_of(brief: dict[str, Any], code: str) -> list[Any]:
    return [one["about"] for one in brief["warnings"] if one["code"] == code]


@pytest.mark.parametrize("first", ["the truth first", "the form first"])
@pytest.mark.parametrize("name", FORGERIES)
def test_no_form_changes_what_is_shown_of_somebody(desk: Desk, name: str, first: str) -> None:
    victim, attacker = Known(), Attacker()
    forged = FORGERIES[name](victim, attacker, ago(days=2))
    for part in [victim.life(), forged] if first == "the truth first" else [forged, victim.life()]:
        desk.send(*part)
    id_ = desk.customer(victim.account)
    then = desk.get(f"/v1/customers/{id_}", as_of=ago(days=1), as_of_basis="occurred").json()
    for brief in (desk.brief(victim.account), then, part_of(desk, victim.mail).json()["brief"]):
        assert brief["profile"] == truth(victim.given)
        assert brief["display_name"] == victim.given
    for brief in (desk.brief(victim.account), then):
        assert told_of(brief, CHANGE) == FIELDS


def test_a_list_that_reads_a_part_of_a_customer_reads_what_was_verified(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.reading.naming.MOST_NAMED", 3)
    mine, given = phone("verified"), unique("Anna").replace("-", "q")
    desk.send(event("customer.described", [mine], ago(days=9), name={"given": given}))
    for mailbox in (email(), email(), email()):
        desk.send(talk([asserted(mine), mailbox], ago(days=3)), described(mailbox, at=ago(days=2)))
    (hit,) = search(desk, given, filters={"kind": ["customer"]}).json()["items"]
    assert (hit["customer_id"], hit["title"]) == (desk.customer(mine), given)


def test_verified_counts_in_a_profile_only_from_who_may_attest_it(desk: Desk) -> None:
    victim = Known()
    desk.send(*victim.life())
    claimed = event("customer.described", [victim.account, victim.mail], ago(days=2), **FORGED)
    headers = {**desk.token("connector", "form", attests=False), "Content-Type": BATCH}
    answer = desk.api.post("/v1/events", content=json.dumps([claimed]), headers=headers)
    desk.position = answer.json()["position"]
    assert desk.brief(victim.account)["display_name"] == victim.given


def test_the_warning_names_fields_and_no_values_in_the_language_asked_for(desk: Desk) -> None:
    victim = Known()
    desk.send(*victim.life(), described(victim.mail, at=ago(days=2), facts={"geheim": "veld"}, company="Eve"))
    path = f"/v1/customers/{desk.customer(victim.account)}"
    for language, words in (("nl", "niet bewezen"), ("en", "not proven")):
        headers = {**desk.token("agent"), "Accept-Language": language}
        told = [
            one for one in desk.api.get(path, headers=headers).json()["warnings"] if one["code"] == CHANGE
        ]
        assert [one["about"] for one in told] == ["company"]
        assert all(words in one["text"] and "Eve" not in one["text"] for one in told)


def test_what_is_verified_afterwards_changes_the_profile_and_settles_the_warning(desk: Desk) -> None:
    victim = Known()
    desk.send(*victim.life(), described(victim.mail, at=ago(days=4), language="fr"))
    assert told_of(desk.brief(victim.account), CHANGE) == ["language"]
    desk.send(event("customer.described", [victim.account], ago(days=3), language="fr"))
    brief = desk.brief(victim.account)
    assert (brief["profile"]["language"], told_of(brief, CHANGE)) == ("fr", [])


def test_what_nobody_verified_is_still_the_newest_word(desk: Desk) -> None:
    who = email()
    desk.send(described(who, at=ago(days=3), language="nl"), described(who, at=ago(days=2), language="fr"))
    brief = desk.brief(who)
    assert (brief["profile"]["language"], brief["warnings"]) == ("fr", [])


def consents(desk: Desk, who: Identifier) -> dict[tuple[str, str | None], bool]:
    return {(one["purpose"], one["channel"]): one["granted"] for one in desk.brief(who)["consents"]}


def consent(who: Identifier, granted: bool, at: str, **more: Any) -> Event:
    return event("consent.changed", [who], at, purpose="news", granted=granted, **more)


def test_a_form_withdraws_a_consent_at_once_and_gives_none_back(desk: Desk) -> None:
    victim = Known()
    desk.send(*victim.life(), consent(victim.account, True, ago(days=7)))
    assert consents(desk, victim.account) == {("news", None): True}
    desk.send(consent(asserted(victim.mail), False, ago(days=6)))
    assert consents(desk, victim.account) == {("news", None): False}
    desk.send(consent(asserted(victim.mail), True, ago(days=5)))
    desk.send(consent(asserted(victim.mail), True, ago(days=5), channel="email"))
    assert consents(desk, victim.account) == {("news", None): False}
    assert told_of(desk.brief(victim.account), CHANGE) == ["consents"]
    desk.send(consent(victim.mail, True, ago(days=4)))
    assert consents(desk, victim.account)["news", None] is True


def test_a_refusal_of_a_whole_purpose_withdraws_what_was_granted_for_one_channel_before(desk: Desk) -> None:
    victim = Victim()
    desk.send(*victim.life(), consent(victim.account, True, ago(days=7), channel="email"))
    assert consents(desk, victim.account) == {("news", "email"): True}
    desk.send(consent(asserted(victim.mail), False, ago(days=6)))
    assert consents(desk, victim.account) == {("news", None): False, ("news", "email"): False}
    desk.send(consent(victim.account, True, ago(days=5), channel="email"))
    assert consents(desk, victim.account) == {("news", None): False, ("news", "email"): True}


def test_a_search_shows_a_customer_by_the_name_of_the_brief_whatever_was_found(desk: Desk) -> None:
    victim = Known()
    desk.send(*victim.life(), described(victim.mail, at=ago(days=2)))
    for query in (victim.mail["value"], victim.given):
        hits = [one for one in search(desk, query).json()["items"] if one["kind"] == "customer"]
        ours = [one for one in hits if one["customer_id"] == desk.customer(victim.account)]
        assert [one["title"] for one in ours] == [victim.given]


def test_a_number_that_a_form_gave_somebody_is_not_what_they_are_called(desk: Desk) -> None:
    mail, stated = email(strength="verified"), number("asserted")
    desk.send(talk([mail], ago(days=3)), talk([asserted(mail), stated], ago(days=2)))
    assert desk.customer(stated) == desk.customer(mail)
    assert desk.brief(mail)["display_name"] == mail["value"]
    shared = phone()
    desk.send(*(talk([one, shared], ago(days=1)) for one in (mail, number(), number())))
    names = {one["display_name"] for one in desk.lookup(shared).json()["candidates"]}
    assert mail["value"] in names
    assert stated["value"] not in names
    titles = {
        one["title"] for one in search(desk, mail["value"]).json()["items"] if one["kind"] == "customer"
    }
    assert titles == {mail["value"]}


def joined(desk: Desk) -> tuple[Victim, Identifier]:
    """A caller whom nobody verified hangs on the victim by one form."""
    victim, caller = Victim(), phone()
    desk.send(*victim.life(), talk([asserted(victim.mail), caller], ago(days=3)))
    return victim, caller


def test_an_agent_is_warned_where_contacts_of_a_stated_identifier_are_shown(desk: Desk) -> None:
    victim, caller = joined(desk)
    assert told_of(desk.brief(victim.mail), INCLUDES) == []
    desk.send(talk([caller], ago(days=2), channel="phone"))
    id_ = desk.customer(victim.mail)
    path = f"/v1/customers/{id_}"
    then = desk.get(path, as_of=ago(days=1), as_of_basis="occurred").json()
    before = desk.get(path, as_of=ago(days=2, hours=1), as_of_basis="occurred").json()
    for brief in (desk.brief(victim.mail), desk.get(path).json(), then):
        assert told_of(brief, INCLUDES) == [None]
        assert [one["value"] for one in brief["identifiers"] if one.get("stated")] == [caller["value"]]
    assert told_of(before, INCLUDES) == []
    shown = part_of(desk, victim.mail).json()["brief"]
    assert told_of(shown, INCLUDES) == []
    assert not any(one.get("stated") for one in shown["identifiers"])


@pytest.mark.parametrize("how", ["a person links them", "a login proves it", "a person unlinks them"])
def test_the_warning_goes_when_it_is_proven_or_taken_apart(desk: Desk, how: str) -> None:
    victim, caller = joined(desk)
    desk.send(talk([caller], ago(days=2), channel="phone"))
    assert told_of(desk.brief(victim.mail), INCLUDES) == [None]
    if how == "a login proves it":
        desk.send(talk([victim.account, {**caller, "strength": "verified"}], ago(days=1)))
    else:
        judge(desk, LINKS if how == "a person links them" else UNLINKS, victim.mail, caller)
    brief = desk.brief(victim.mail)
    assert told_of(brief, INCLUDES) == []
    assert not any(one.get("stated") for one in brief["identifiers"])


def test_the_warning_comes_back_when_the_link_that_proved_it_is_taken_back(desk: Desk) -> None:
    victim, caller = joined(desk)
    desk.send(talk([caller], ago(days=2), channel="phone"))
    judge(desk, LINKS, victim.mail, caller)
    judge(desk, WITHDRAWALS, victim.mail, caller)
    brief = desk.brief(victim.mail)
    assert told_of(brief, INCLUDES) == [None]
    assert [one["value"] for one in brief["identifiers"] if one.get("stated")] == [caller["value"]]


def test_orders_and_parcels_that_a_shop_names_are_no_reason_to_warn(desk: Desk) -> None:
    victim, order = Victim(), unique("web")
    number_ = {"type": "order_number", "value": order}
    desk.send(
        *victim.life(),
        event("order.placed", [asserted(victim.mail), number_], ago(days=3), order_id=order),
        event("order.status_changed", [number_], ago(days=2), order_id=order, status="paid"),
    )
    brief = desk.brief(victim.mail)
    assert [one["status"] for one in brief["orders"]["open"]] == ["paid"]
    assert told_of(brief, INCLUDES) == []


def test_of_somebody_who_never_verified_anything_nothing_is_marked_as_stated(desk: Desk) -> None:
    mail, caller = email(), phone()
    desk.send(talk([mail, caller], ago(days=3)), talk([caller], ago(days=2)))
    brief = desk.brief(mail)
    assert told_of(brief, INCLUDES) == []
    assert not any("stated" in one for one in brief["identifiers"])


def test_what_a_chain_of_verified_pairs_joins_is_not_stated(desk: Desk) -> None:
    mine, mail = account(), email(strength="verified")
    caller = phone("verified")
    desk.send(talk([mine, mail], ago(days=3)), talk([mail, caller], ago(days=2)), talk([caller], ago(days=1)))
    brief = desk.brief(mine)
    assert len(brief["identifiers"]) == 3
    assert told_of(brief, INCLUDES) == []
