"""Identifier types and owners."""

import pytest

from klantbeeld.domain.identifiers import (
    BadIdentifier,
    Identifier,
    Strength,
    choose_owner,
    is_exclusive,
    rank,
    valid_type,
)


def named(*types: str, strength: Strength = Strength.asserted) -> list[Identifier]:
    return [Identifier(type=type, value="v", strength=strength) for type in types]


@pytest.mark.parametrize(
    "type",
    (
        "customer_number crm:servicenow account:site.nl loyalty_card email phone whatsapp messenger "
        "instagram telegram social:x device postal_address order_number tracking anonymous crm:" + "a" * 64
    ).split(),
)
def test_every_type_of_the_contract_is_known(type: str) -> None:
    assert valid_type(type)


@pytest.mark.parametrize(
    "type",
    [
        "",
        "fax",
        "crm",
        "crm:",
        "crm:*",
        "crm:Upper",
        "crm:a:b",
        "crm:a\n",
        "email:x",
        "Email",
        "crm:" + "a" * 65,
    ],
)
def test_any_other_type_is_refused_by_name(type: str) -> None:
    assert not valid_type(type)
    with pytest.raises(BadIdentifier) as refused:
        rank(type)
    assert refused.value.code == "unknown_identifier_type"


def test_exclusive_types_are_those_of_which_a_person_has_one() -> None:
    assert is_exclusive("crm:servicenow")
    assert not is_exclusive("email")
    assert not is_exclusive("order_number")


def test_the_owner_is_exclusive_before_shareable_before_order_before_anonymous() -> None:
    listed = named("anonymous", "tracking", "email", "crm:desk")
    assert [choose_owner(listed[:count]) for count in (1, 2, 3, 4)] == [0, 1, 2, 3]


def test_rank_comes_before_strength() -> None:
    listed = named("email", strength=Strength.verified) + named("customer_number")
    assert choose_owner(listed) == 1


def test_strength_comes_before_list_order_and_list_order_is_last() -> None:
    assert choose_owner([*named("email"), *named("phone", strength=Strength.verified)]) == 1
    assert choose_owner(named("email", "phone")) == 0


def test_a_weak_address_does_not_own_what_has_an_anonymous_case() -> None:
    listed = [*named("postal_address", strength=Strength.weak), *named("anonymous")]
    assert choose_owner(listed) == 1


def test_a_weak_identifier_owns_before_a_junk_one() -> None:
    listed = [*named("phone", strength=Strength.verified), *named("postal_address", strength=Strength.weak)]
    assert choose_owner(listed, junk={0}) == 1


def test_junk_owns_when_nothing_else_is_there() -> None:
    assert choose_owner(named("phone"), junk={0}) == 0


def test_nobody_owns_an_event_without_identifiers() -> None:
    with pytest.raises(BadIdentifier, match="no_identifier"):
        choose_owner([])
