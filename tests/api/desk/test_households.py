"""People who share a telephone: whoever calls is found among them, and nobody becomes another by it."""

from tests.api.desk import desk as people
from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique
from tests.api.desk.judging import LINKS, judge

Identifier = dict[str, str]


def household(desk: Desk) -> tuple[Identifier, Identifier, Identifier]:
    """Two people and the telephone that both gave."""
    one, other, phone = number(), number(), people.phone()
    desk.send(talk([one, phone], ago(days=3)), talk([other, phone], ago(days=2)))
    return one, other, phone


def calling(phone: Identifier, call: str, text: str = "Geheim") -> dict[str, object]:
    return talk([phone], ago(minutes=5), interaction_id=call, channel="phone", text=text)


def test_a_call_from_the_household_is_nobodys_until_it_is_attributed_and_then_that_ones(desk: Desk) -> None:
    one, other, phone = household(desk)
    call = unique("pbx")
    desk.send(calling(phone, call))
    found = desk.lookup(phone).json()
    assert found["customer_id"] is None
    assert {each["customer_id"] for each in found["candidates"]} == {desk.customer(one), desk.customer(other)}
    for who in (one, other):
        brief = desk.get(f"/v1/customers/{desk.customer(who)}")
        assert len(brief.json()["unattributed"]) == 1
        assert "Geheim" not in brief.text + desk.get(f"/v1/customers/{desk.customer(who)}/timeline").text
    interaction = brief.json()["unattributed"][0]["interaction_id"]
    to = {"type": one["type"], "value": one["value"]}
    moved = desk.post(f"/v1/interactions/{interaction}/attribute", {"to": to, "reason": "She said so"})
    assert moved.json()["customer_id"] == desk.customer(one)
    assert "Geheim" in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text
    assert "Geheim" not in desk.get(f"/v1/customers/{desk.customer(other)}/timeline").text
    assert desk.lookup(phone).json()["customer_id"] is None


def test_who_calls_without_a_number_is_identified_during_the_call_without_joining_the_household(
    desk: Desk,
) -> None:
    one, other, phone = household(desk)
    caller, call = {"type": "anonymous", "value": unique("pbx-call")}, unique("pbx")
    desk.send(
        event(
            "interaction.started",
            [caller],
            ago(minutes=6),
            interaction_id=call,
            channel="phone",
            direction="inbound",
        ),
        calling(caller, call),
    )
    judge(desk, LINKS, caller, one)
    assert desk.customer(caller) == desk.customer(one)
    assert "Geheim" in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text
    assert "Geheim" not in desk.get(f"/v1/customers/{desk.customer(other)}/timeline").text
    assert desk.customer(other) != desk.customer(one)
    assert desk.lookup(phone).json()["customer_id"] is None
    assert {each["customer_id"] for each in desk.lookup(phone).json()["candidates"]} == {
        desk.customer(one),
        desk.customer(other),
    }


def test_a_caller_who_names_a_customer_number_on_the_household_phone_is_that_customer_alone(
    desk: Desk,
) -> None:
    one, other, phone = household(desk)
    desk.send(talk([one, phone], ago(minutes=3), channel="phone", text="Ik ben het"))
    assert desk.customer(one) != desk.customer(other)
    assert "Ik ben het" in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text
    assert desk.lookup(phone, one).json()["customer_id"] == desk.customer(one)


def test_a_third_person_in_the_household_is_a_third_customer(desk: Desk) -> None:
    one, other, phone = household(desk)
    third = [number(), email()]
    desk.send(talk([*third, phone], ago(minutes=3)))
    assert len({desk.customer(who) for who in (one, other, third[0])}) == 3
    assert desk.customer(third[1]) == desk.customer(third[0])
    assert len(desk.lookup(phone).json()["candidates"]) == 3
