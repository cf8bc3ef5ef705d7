"""Limits of sharing, the rules document, and what counts as junk."""

from typing import Any

import pytest

from klantbeeld.domain.identifiers import FAMILIES, Strength
from klantbeeld.domain.identity import (
    BadRules,
    JunkRules,
    Sharing,
    default_rules,
    is_junk,
    rules_from,
)

DEFAULT = default_rules()


def test_a_shareable_identifier_is_one_customers_by_default() -> None:
    assert not DEFAULT.is_shared("phone", {"customer_number": 1, "crm:desk": 1, "account:site": 1})
    assert DEFAULT.is_shared("phone", {"customer_number": 2})
    assert DEFAULT.is_shared("email", {"crm:desk": 2})


def around(asserted: dict[str, int], verified: dict[str, int] | None = None) -> list[tuple[str, Strength]]:
    both = ((Strength.asserted, asserted), (Strength.verified, verified or {}))
    return [
        (type, strength)
        for strength, counts in both
        for type, number in counts.items()
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("seen_with", "expected"),
    [
        (around({"customer_number": 1, "order_number": 500}), Sharing.no),
        (around({"customer_number": 2}), Sharing.claimed),
        (around({"customer_number": 2}, {"order_number": 3, "anonymous": 1}), Sharing.claimed),
        (around({"customer_number": 1}, {"customer_number": 1}), Sharing.contested),
        (around({"loyalty_card": 2, "email": 9}, {"account:shop": 1}), Sharing.contested),
        (around({}, {"customer_number": 2}), Sharing.proven),
        (around({"customer_number": 9}, {"email": 4}), Sharing.proven),
    ],
)
def test_what_is_asserted_makes_shared_only_what_is_verified_to_be_nobodys(
    seen_with: list[tuple[str, Strength]], expected: Sharing
) -> None:
    assert DEFAULT.sharing("phone", seen_with) is expected
    assert expected.is_shared == (expected in (Sharing.claimed, Sharing.proven))


def test_a_person_may_have_several_phones_and_many_orders() -> None:
    assert not DEFAULT.is_shared("email", {"phone": 5, "order_number": 5000, "anonymous": 5000})
    assert DEFAULT.is_shared("email", {"phone": 6})


def test_an_order_is_one_customers_and_may_travel_in_many_parcels() -> None:
    assert not DEFAULT.is_shared("order_number", {"customer_number": 1, "tracking": 50})
    assert DEFAULT.is_shared("order_number", {"customer_number": 2})


def test_a_cash_desks_customer_number_is_shared() -> None:
    assert not DEFAULT.is_shared("customer_number", {"email": 100, "order_number": 100_000})
    assert DEFAULT.is_shared("customer_number", {"email": 101})


@pytest.mark.parametrize("family", FAMILIES)
def test_no_type_can_hold_two_hundred_mailboxes_together(family: str) -> None:
    assert DEFAULT.is_shared(family.replace("*", "x"), {"email": 200})


def test_a_document_changes_one_limit_and_leaves_the_others() -> None:
    rules = rules_from({"limits": {"phone": {"email": 0, "customer_number": None}}})
    assert rules.is_shared("phone", {"email": 1})
    assert not rules.is_shared("phone", {"customer_number": 1000})
    assert rules.is_shared("phone", {"crm:desk": 2})
    assert default_rules() == rules_from({}) == DEFAULT


def test_the_nearest_row_and_column_win() -> None:
    rules = rules_from({"limits": {"crm:till": {"email": 1}, "crm:*": {"email": 2}, "*": {"device": 7}}})
    assert rules.limit("crm:till", "email") == 1
    assert rules.limit("crm:desk", "email") == 2
    assert rules.limit("crm:till", "phone") == 100
    assert rules.limit("phone", "social:x") == 3
    assert rules.limit("customer_number", "order_number") is None


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"limit": {}}, "rules"),
        ({"limits": {"fax": {"email": 1}}}, "limits"),
        ({"limits": {"phone": {"fax": 1}}}, "limits.phone"),
        ({"limits": {"phone": {"email": -1}}}, "limits.phone.email"),
        ({"limits": {"phone": {"email": True}}}, "limits.phone.email"),
        ({"limits": {"phone": {"email": 2**63}}}, "limits.phone.email"),
        ({"limits": {"phone": 3}}, "limits.phone"),
        ({"limits": {1: {}}}, "limits"),
        ({"junk": {"phones": []}}, "junk"),
        ({"junk": {"values": {"fax": []}}}, "junk.values"),
        ({"junk": {"values": {"phone": "+31201234567"}}}, "junk.values.phone"),
        ({"junk": {"words": [1]}}, "junk.words"),
    ],
)
def test_a_bad_document_is_refused_and_the_place_named(document: dict[str, Any], place: str) -> None:
    with pytest.raises(BadRules) as refused:
        rules_from(document)
    assert (refused.value.code, refused.value.field) == ("bad_rules", place)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("phone", "local:anonymous"),
        ("phone", "local:204"),
        ("phone", "local:+266696687"),
        ("phone", "+86282452253"),
        ("whatsapp", "+31600000000"),
        ("email", "test@example.nl"),
        ("email", "noreply@example.nl"),
        ("email", "do-not-reply+7@example.nl"),
        ("email", "null@example.nl"),
        ("email", "name@example.com"),
        ("email", "someone.else@deleted.invalid"),
        ("email", "n/a"),
        ("customer_number", "0000"),
        ("customer_number", "NULL"),
        ("postal_address", "n v t"),
        ("device", "-"),
    ],
)
def test_placeholders_and_withheld_callers_are_junk(type: str, value: str) -> None:
    assert is_junk(type, value)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("phone", "+31612345601"),
        ("phone", "+31201234567;ext=204"),
        ("email", "anna.devries@example.nl"),
        ("email", "testa.rossi@example.nl"),
        ("email", "testaccount@example.nl"),
        ("email", "replyna@example.nl"),
        ("customer_number", "100"),
        ("customer_number", "K-204"),
        ("anonymous", "101000012345"),
        ("social:x", "@nullah"),
    ],
)
def test_real_peoples_identifiers_are_not_junk(type: str, value: str) -> None:
    assert not is_junk(type, value)


def test_an_installation_adds_its_own_shops_numbers_and_words() -> None:
    extras = rules_from({"junk": {"values": {"phone": ["+31201234567"]}, "words": ["Balie"]}}).junk
    assert is_junk("phone", "+31201234567", extras)
    assert not is_junk("whatsapp", "+31201234567", extras)
    assert is_junk("customer_number", "BALIE", extras)
    assert not is_junk("customer_number", "BALIE", JunkRules())
