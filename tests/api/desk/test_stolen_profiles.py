"""Whatever a public form says, nobody gets to see, or to be, somebody else by it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.desk.desk import BATCH, Desk, ago, email, event, number, phone, talk, unique
from tests.api.desk.judging import UNLINKS, judge

Identifier = dict[str, str]
Event = dict[str, Any]
SECRET = "Mijn sleutel ligt onder de mat"


def asserted(one: Identifier) -> Identifier:
    return {**one, "strength": "asserted"}


def account() -> Identifier:
    return {"type": "account:shop", "value": unique("login"), "strength": "verified"}


def form(*identifiers: Identifier, at: str) -> Event:
    """Anybody can fill in anything."""
    return talk([asserted(one) for one in identifiers], at, channel="web", text="Bel mij terug")


class Victim:
    """Has an account and a verified mailbox, and told us something private by mail."""

    def __init__(self) -> None:
        self.account, self.mail = account(), email(strength="verified")

    def life(self) -> list[Event]:
        return [
            event("customer.described", [self.account, self.mail], ago(days=9), name={"given": "Anna"}),
            talk([self.mail], ago(days=8), channel="email", text=SECRET),
        ]


class Attacker:
    """Has an account too, and a mailbox and a telephone that nobody verified."""

    def __init__(self) -> None:
        self.account, self.mail = account(), email()
        self.phone = phone()

    def login(self, at: str) -> Event:
        return talk([self.account], at, text="Hier ben ik")


Attack = Callable[[Victim, Attacker], list[Event]]
ATTACKS: dict[str, Attack] = {
    "the victim's mailbox beside one's own account": lambda v, a: [
        a.login(ago(days=3)),
        talk([a.account, asserted(v.mail)], ago(days=2)),
    ],
    "form first and login later": lambda v, a: [
        form(v.mail, a.account, at=ago(days=3)),
        a.login(ago(days=2)),
    ],
    "form before the victim was ever heard of, login later": lambda v, a: [
        form(v.mail, a.account, at=ago(days=30)),
        a.login(ago(days=2)),
    ],
    "login with the victim's mailbox before the victim was ever heard of": lambda v, a: [
        talk([a.account, asserted(v.mail)], ago(days=30)),
    ],
    "a chain over a new telephone": lambda v, a: [
        form(v.mail, a.phone, at=ago(days=3)),
        talk([a.account, asserted(a.phone)], ago(days=2)),
    ],
    "the same chain the other way about": lambda v, a: [
        talk([a.account, asserted(a.phone)], ago(days=3)),
        form(v.mail, a.phone, at=ago(days=2)),
    ],
    "a chain over a telephone that is then called from": lambda v, a: [
        form(v.mail, a.phone, at=ago(days=4)),
        talk([a.account, asserted(a.phone)], ago(days=3)),
        talk([{**a.phone, "strength": "verified"}], ago(days=2), channel="phone"),
    ],
    "the victim's account number beside one's own account's": lambda v, a: [
        a.login(ago(days=3)),
        form(v.account, a.account, at=ago(days=2)),
    ],
    "a chain over a mailbox and a telephone": lambda v, a: [
        a.login(ago(days=5)),
        form(v.mail, a.phone, at=ago(days=4)),
        form(a.phone, a.mail, at=ago(days=3)),
        form(a.mail, a.account, at=ago(days=2)),
    ],
}


def part_of(desk: Desk, *asked: Identifier) -> Any:
    """What self-service shows to who has proven to own these."""
    body = {"identifiers": [{**one, "strength": "verified"} for one in asked], "include": ["brief"]}
    headers = desk.token("service", "portal", attests=True)
    return desk.api.post(f"/v1/customers/lookup?wait_for={desk.position}", json=body, headers=headers)


def history(desk: Desk, who: Identifier) -> str:
    """All that an agent reads of whoever this identifier belongs to."""
    found: str = desk.get(f"/v1/customers/{desk.customer(who)}/timeline").text
    return found


@pytest.mark.parametrize("order", ["in order", "victim last", "backwards"])
@pytest.mark.parametrize("name", ATTACKS)
def test_no_form_makes_an_attacker_the_victim(desk: Desk, name: str, order: str) -> None:
    victim, attacker = Victim(), Attacker()
    life, attack = victim.life(), ATTACKS[name](victim, attacker)
    told = {
        "in order": [*life, *attack],
        "victim last": [*attack, *life],
        "backwards": [*attack, *life][::-1],
    }
    for one in told[order]:
        desk.send(one)
    assert desk.customer(attacker.account) != desk.customer(victim.account)
    assert desk.lookup(victim.mail).json()["customer_id"] in (desk.customer(victim.account), None)
    assert SECRET not in history(desk, attacker.account)
    assert desk.brief(victim.account)["display_name"] == "Anna"
    shown = part_of(desk, attacker.account)
    assert shown.status_code == 200
    assert shown.json()["brief"]["display_name"] != "Anna"
    assert shown.json()["brief"]["unattributed"] == []
    assert victim.mail["value"] not in shown.text


def stated(desk: Desk) -> tuple[Victim, Attacker]:
    """The attacker's telephone hangs on the victim by a form alone."""
    victim, attacker = Victim(), Attacker()
    desk.send(*victim.life(), form(victim.mail, attacker.phone, at=ago(days=2)))
    assert desk.customer(attacker.phone) == desk.customer(victim.mail)
    return victim, attacker


def test_by_what_a_form_stated_an_agent_is_warned_and_self_service_knows_nobody(desk: Desk) -> None:
    victim, attacker = stated(desk)
    found = desk.lookup(attacker.phone, include=["brief"]).json()
    assert [one["code"] for one in found["warnings"]] == ["identifier_not_verified"]
    assert found["brief"]["warnings"][0] == found["warnings"][0]
    assert desk.lookup(victim.mail).json()["warnings"] == []
    assert desk.lookup(victim.mail, attacker.phone).json()["warnings"] == []
    answer = part_of(desk, attacker.phone)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")


def test_the_victim_is_shown_nothing_of_what_a_form_stated(desk: Desk) -> None:
    victim, attacker = stated(desk)
    desk.send(talk([attacker.phone], ago(minutes=9), channel="phone"))
    brief = part_of(desk, victim.mail).json()["brief"]
    assert brief["customer_id"] == desk.customer(victim.mail)
    assert brief["display_name"] == "Anna"
    assert sorted(one["value"] for one in brief["identifiers"]) == sorted(
        [victim.account["value"], victim.mail["value"]]
    )
    assert "phone" not in {one["channel"] for one in brief["contacts"]["recent"]}
    assert "phone" in [one["channel"] for one in desk.brief(victim.mail)["contacts"]["recent"]]


def test_a_number_that_is_called_from_is_its_callers_again(desk: Desk) -> None:
    victim, attacker = stated(desk)
    desk.send(talk([{**attacker.phone, "strength": "verified"}], channel="phone"))
    assert desk.customer(attacker.phone) != desk.customer(victim.mail)
    assert desk.lookup(attacker.phone).json()["warnings"] == []
    assert SECRET not in history(desk, attacker.phone)


def test_somebody_elses_customer_number_on_a_form_opens_nothing(desk: Desk) -> None:
    victim, attacker = number(), Attacker()
    desk.send(
        talk([victim], ago(days=3), text=SECRET), form(victim, attacker.mail, attacker.phone, at=ago(days=2))
    )
    for mine in (attacker.mail, attacker.phone):
        assert desk.lookup(mine).json()["warnings"]
        assert part_of(desk, mine).status_code == 404
    desk.send(talk([{**attacker.mail, "strength": "verified"}], ago(days=1)))
    assert desk.customer(attacker.mail) != desk.customer(victim)
    assert SECRET not in part_of(desk, attacker.mail).text


def test_of_people_who_never_proved_anything_self_service_shows_what_was_asked_by_and_no_more(
    desk: Desk,
) -> None:
    victim, attacker = email(), Attacker()
    desk.send(
        event("customer.described", [victim], ago(days=3), name={"given": "Bea"}),
        form(victim, attacker.phone, at=ago(days=2)),
    )
    assert desk.customer(victim) == desk.customer(attacker.phone)
    assert desk.lookup(attacker.phone).json()["warnings"] == []
    brief = part_of(desk, attacker.phone).json()["brief"]
    assert [one["value"] for one in brief["identifiers"]] == [attacker.phone["value"]]
    assert "Bea" not in json.dumps(brief)


def test_verified_counts_only_from_who_may_attest_it(desk: Desk) -> None:
    victim, attacker = Victim(), Attacker()
    desk.send(*victim.life())
    claimed = talk([{**attacker.phone, "strength": "verified"}, victim.mail], ago(days=2))
    headers = {**desk.token("connector", "form", attests=False), "Content-Type": BATCH}
    answer = desk.api.post("/v1/events", content=json.dumps([claimed]), headers=headers)
    assert answer.json()["accepted"] == 1
    desk.position = answer.json()["position"]
    found = desk.get(f"/v1/customers/{desk.customer(victim.mail)}/identity").json()
    assert [one["strength"] for one in found["items"]] == ["verified", "asserted"]
    assert [one["value"] for one in found["identifiers"] if one["stated"]] == [attacker.phone["value"]]
    assert part_of(desk, attacker.phone).status_code == 404


def test_no_source_may_say_that_two_are_one(desk: Desk) -> None:
    victim, attacker = Victim(), Attacker()
    desk.send(*victim.life(), attacker.login(ago(days=3)))
    for type_ in ("identity.linked", "identity.unlinked"):
        said = {**event(type_, []), "data": {"pair": [attacker.account, victim.mail]}}
        (result,) = desk.post_events([said])["results"]
        assert (result["status"], result["code"]) == ("rejected", "type_not_allowed")


def test_verified_evidence_and_people_do_join_two_who_are_both_verified(desk: Desk) -> None:
    victim, other = Victim(), Victim()
    desk.send(*victim.life(), talk([other.mail], ago(days=3)))
    desk.send(talk([victim.account, other.mail], ago(days=2)))
    assert desk.customer(other.mail) == desk.customer(victim.mail)
    assert part_of(desk, other.mail).json()["brief"]["display_name"] == "Anna"


def sabotage(victim: Victim) -> list[Event]:
    """The victim's mailbox on forms, beside whatever anybody can make up."""
    made_up = [number("asserted"), number("asserted"), asserted(account()), asserted(account())]
    made_up += [{"type": "loyalty_card", "value": unique("L")} for _ in range(3)]
    made_up += [phone() for _ in range(8)]
    return [form(victim.mail, one, at=ago(days=2, minutes=n)) for n, one in enumerate(made_up)]


@pytest.mark.parametrize("order", ["forms last", "forms first"])
def test_no_forms_take_a_verified_mailbox_or_its_contacts_from_the_customer(desk: Desk, order: str) -> None:
    victim, order_number = Victim(), {"type": "order_number", "value": unique("web")}
    placed = event(
        "order.placed", [asserted(victim.mail), order_number], ago(days=5), order_id=order_number["value"]
    )
    told = [[*victim.life(), placed], sabotage(victim)]
    for part in told if order == "forms last" else told[::-1]:
        desk.send(*part)
    found = desk.lookup(victim.mail, include=["brief"]).json()
    assert found["customer_id"] == desk.customer(victim.account)
    assert found["brief"]["display_name"] == "Anna"
    assert [one["external_id"] for one in found["brief"]["orders"]["open"]] == [order_number["value"]]
    assert {one["value"] for one in found["brief"]["identifiers"]} == {
        victim.account["value"],
        victim.mail["value"],
    }
    entries = desk.get(f"/v1/customers/{found['customer_id']}/timeline", limit=50).json()["items"]
    types = [one["type"] for one in entries if one["channel"] != "web"]
    assert sorted(types) == ["customer.described", "interaction.recorded", "order.placed"]
    assert SECRET in history(desk, victim.account)
    assert part_of(desk, victim.mail).json()["customer_id"] == found["customer_id"]


def test_what_forms_assert_of_a_verified_mailbox_is_listed_as_shared_and_shows_nothing_of_it(
    desk: Desk,
) -> None:
    victim, attacker = Victim(), Attacker()
    desk.send(*victim.life(), form(attacker.account, victim.mail, at=ago(days=2)))
    listed = desk.get(f"/v1/customers/{desk.customer(victim.mail)}/identity").json()["items"]
    assert [(one["strength"], one["state"]) for one in listed] == [
        ("verified", "active"),
        ("asserted", "shared"),
    ]
    brief = desk.get(f"/v1/customers/{desk.customer(attacker.account)}")
    assert SECRET not in brief.text + history(desk, attacker.account)
    assert brief.json()["unattributed"] == []


def test_a_form_that_makes_a_mailbox_look_shared_of_which_no_account_was_verified_shows_it_to_nobody(
    desk: Desk,
) -> None:
    victim, attacker = Victim(), Attacker()
    victim.account = asserted(victim.account)
    desk.send(*victim.life(), form(attacker.account, victim.mail, at=ago(days=2)))
    assert desk.lookup(victim.mail).json()["customer_id"] is None
    for who in (victim.account, attacker.account):
        brief = desk.get(f"/v1/customers/{desk.customer(who)}")
        assert SECRET not in brief.text + history(desk, who)
        assert "unattributed_contacts" in [one["code"] for one in brief.json()["warnings"]]
    judge(desk, UNLINKS, attacker.account, victim.mail)
    assert desk.customer(victim.mail) == desk.customer(victim.account)
    assert SECRET in history(desk, victim.account)
