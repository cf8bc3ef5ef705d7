"""Who is one person, by example: joining, conflicts, sharing, people's words, attacks."""

import uuid

from klantbeeld.domain.identity import customer_id
from tests.domain.identity.examples import event, link, people, reasons, resolved, unlink


def test_identifiers_of_one_event_are_one_person_and_the_first_one_heads_it() -> None:
    found = resolved(event(1, "customer_number.1!", "email.anna", "order_number.7"))
    assert people(found) == {frozenset({"customer_number.1", "email.anna", "order_number.7"})}
    assert set(found.head.values()) == {"customer_number.1"}


def test_the_head_is_the_identifier_seen_first_in_fold_order_not_in_arrival() -> None:
    found = resolved(event(5, "customer_number.1", "email.anna"), event(2, "email.anna"))
    assert found.head["customer_number.1"] == "email.anna"


def test_a_chain_of_events_is_one_person() -> None:
    found = resolved(*(event(n, f"email.{n}", f"device.{n}", f"email.{n + 1}") for n in range(2)))
    assert len(people(found)) == 1


def test_a_cycle_is_one_person_without_conflicts() -> None:
    found = resolved(
        event(1, "email.a", "phone.a"), event(2, "phone.a", "device.a"), event(3, "device.a", "email.a")
    )
    assert len(people(found)) == 1
    assert found.refused == ()


def test_a_weak_identifier_joins_nobody_and_stands_alone() -> None:
    found = resolved(
        event(1, "anonymous.1", "postal_address.x?"), event(2, "anonymous.2", "postal_address.x?")
    )
    assert len(people(found)) == 3


def test_junk_joins_nobody_and_belongs_to_nobody() -> None:
    found = resolved(
        event(1, "email.a", "phone.withheld"), event(2, "email.b", "phone.withheld"), junk=["phone.withheld"]
    )
    assert people(found) == {frozenset({"email.a"}), frozenset({"email.b"})}
    assert found.head["phone.withheld"] is None


def test_a_household_phone_with_two_customer_numbers_is_shared_and_falls_out() -> None:
    before = event(1, "customer_number.1", "phone.home")
    assert len(people(resolved(before))) == 1
    found = resolved(before, event(2, "customer_number.2", "phone.home"))
    assert found.shared == {"phone.home"}
    assert found.head["phone.home"] is None
    assert people(found) == {frozenset({"customer_number.1"}), frozenset({"customer_number.2"})}


def test_what_a_shared_identifier_alone_held_together_falls_apart() -> None:
    calls = [event(n, f"email.{n}", "phone.desk") for n in range(1, 4)]
    assert len(people(resolved(*calls))) == 1
    assert len(people(resolved(*calls, event(9, "email.9", "phone.desk")))) == 4


def test_unlinking_a_wrong_pair_makes_a_shared_phone_one_persons_again() -> None:
    found = resolved(
        event(1, "customer_number.1", "phone.home"),
        event(2, "customer_number.2", "phone.home"),
        unlink(3, "customer_number.2", "phone.home"),
    )
    assert found.shared == frozenset()
    assert found.head["phone.home"] == "customer_number.1"
    assert [one.pair for one in found.overruled] == [("customer_number.2", "phone.home")]


def test_two_customer_numbers_at_the_ends_of_a_chain_do_not_merge() -> None:
    found = resolved(
        event(1, "customer_number.1", "email.a"),
        event(2, "customer_number.2", "phone.b"),
        event(3, "email.a", "phone.b"),
    )
    assert len(people(found)) == 2
    assert reasons(found) == [("email.a", "phone.b", "exclusive_conflict")]


def test_two_values_in_different_systems_are_no_conflict() -> None:
    found = resolved(event(1, "crm-desk.1", "email.a"), event(2, "crm-shop.1", "email.a"))
    assert len(people(found)) == 1


def test_even_verified_evidence_does_not_merge_two_customer_numbers() -> None:
    found = resolved(event(1, "customer_number.1!", "customer_number.2!"))
    assert reasons(found) == [("customer_number.1", "customer_number.2", "exclusive_conflict")]


def test_a_persons_link_joins_even_two_customer_numbers() -> None:
    found = resolved(
        event(1, "customer_number.1!", "email.a!"),
        event(2, "customer_number.2!", "email.b!"),
        link(3, "customer_number.1", "customer_number.2"),
    )
    assert len(people(found)) == 1
    assert found.refused == ()


def test_verified_evidence_is_taken_before_older_asserted_evidence() -> None:
    found = resolved(
        event(1, "customer_number.1", "email.a"),
        event(2, "email.a", "phone.b"),
        event(3, "customer_number.2!", "phone.b!"),
    )
    assert found.head["phone.b"] == found.head["customer_number.2"]
    assert reasons(found) == [("email.a", "phone.b", "exclusive_conflict")]


def test_a_persons_link_is_taken_before_older_verified_evidence() -> None:
    found = resolved(
        event(1, "customer_number.1!", "device.x!"),
        event(2, "device.x!", "phone.b!"),
        event(3, "customer_number.2"),
        link(9, "customer_number.2", "phone.b"),
    )
    assert found.head["phone.b"] == found.head["customer_number.2"]
    assert reasons(found) == [("device.x", "phone.b", "exclusive_conflict")]


def test_an_unlink_holds_apart_whom_any_evidence_would_join() -> None:
    found = resolved(
        event(1, "email.a!", "device.x!"), event(2, "device.x!", "phone.b!"), unlink(3, "email.a", "phone.b")
    )
    assert reasons(found) == [("device.x", "phone.b", "cannot_link")]
    assert found.head["device.x"] == "email.a"


def test_not_even_a_link_joins_around_a_standing_unlink() -> None:
    found = resolved(
        link(1, "email.a", "email.b"), link(2, "email.b", "email.c"), unlink(3, "email.a", "email.c")
    )
    assert reasons(found) == [("email.b", "email.c", "cannot_link")]


def test_the_newest_word_on_a_pair_decides() -> None:
    meeting = event(1, "email.a", "phone.a")
    apart = resolved(meeting, link(2, "email.a", "phone.a"), unlink(3, "email.a", "phone.a"))
    again = resolved(meeting, unlink(3, "email.a", "phone.a"), link(4, "email.a", "phone.a"))
    assert (len(people(apart)), len(people(again))) == (2, 1)
    assert again.overruled == ()


def test_merging_then_unmerging_leaves_the_heads_of_never_having_merged() -> None:
    two = event(5, "customer_number.1"), event(6, "customer_number.2")
    never = resolved(*two)
    undone = resolved(
        *two,
        link(1, "customer_number.1", "customer_number.2"),
        unlink(7, "customer_number.1", "customer_number.2"),
    )
    assert undone.head == never.head


def test_an_identifier_that_only_a_link_names_does_not_become_the_head() -> None:
    found = resolved(link(1, "email.a", "phone.a"), event(2, "phone.a"))
    assert found.head["email.a"] == "phone.a"


def test_a_web_form_with_the_victims_mail_and_the_attackers_own_phone_takes_nothing_over() -> None:
    victim = event(1, "customer_number.1!", "email.victim!")
    attacker = event(2, "phone.attacker!")
    found = resolved(victim, attacker, event(3, "email.victim", "phone.attacker!"))
    assert people(found) == {frozenset({"customer_number.1", "email.victim"}), frozenset({"phone.attacker"})}
    assert reasons(found) == [("email.victim", "phone.attacker", "both_verified")]


def test_a_go_between_identifier_does_not_help_the_attacker() -> None:
    found = resolved(
        event(1, "email.victim!"),
        event(2, "phone.attacker!"),
        event(3, "email.victim", "device.x"),
        event(4, "phone.attacker", "device.x"),
    )
    assert found.head["email.victim"] != found.head["phone.attacker"]


def test_a_form_with_another_customer_number_takes_no_mailbox_out_of_its_customer() -> None:
    victim = event(1, "customer_number.1!", "email.victim!")
    for moment in (0, 2):
        found = resolved(victim, event(moment, "customer_number.2", "email.victim"))
        assert people(found) == {
            frozenset({"customer_number.1", "email.victim"}),
            frozenset({"customer_number.2"}),
        }
        assert (found.shared, found.contested, found.refused) == (frozenset(), {"email.victim"}, ())


def test_any_number_of_forms_of_any_kind_leave_together_what_was_verified() -> None:
    victim = event(50, "customer_number.1!", "email.victim!", "phone.victim!")
    kinds = ("customer_number.x", "loyalty_card.", "phone.", "device.", "crm-desk.")
    forms = [event(n, "email.victim", f"{kind}{n}") for n in range(40) for kind in kinds]
    found = resolved(victim, *forms)
    assert frozenset({"customer_number.1", "email.victim", "phone.victim"}) in people(found)
    assert found.shared == frozenset()


def test_what_is_asserted_of_a_contested_mailbox_joins_it_no_more_and_an_unlink_ends_that() -> None:
    victim = [event(1, "customer_number.1!", "email.victim!"), event(2, "email.victim", "order_number.7")]
    form = event(3, "customer_number.2", "email.victim")
    assert people(resolved(*victim, form)) == {
        frozenset({"customer_number.1", "email.victim"}),
        frozenset({"customer_number.2"}),
        frozenset({"order_number.7"}),
    }
    again = resolved(*victim, form, unlink(4, "customer_number.2", "email.victim"))
    assert frozenset({"customer_number.1", "email.victim", "order_number.7"}) in people(again)
    assert again.contested == frozenset()


def test_what_two_customers_order_by_one_contested_mailbox_does_not_mix_them() -> None:
    mine = event(1, "customer_number.1!", "email.shop!")
    orders = [event(n, f"order_number.{n}", "email.shop", f"phone.{n}") for n in range(2, 9)]
    found = resolved(mine, *orders)
    assert found.contested == {"email.shop"}
    assert people(found) == {
        frozenset({"customer_number.1", "email.shop"}),
        *(frozenset({f"order_number.{n}", f"phone.{n}"}) for n in range(2, 9)),
    }


def test_a_phone_that_is_verified_to_be_two_customers_is_shared_whatever_else_is_said() -> None:
    found = resolved(
        event(1, "customer_number.1!", "phone.home!"),
        event(2, "customer_number.2!", "phone.home!"),
        event(3, "customer_number.3", "phone.home"),
    )
    assert (found.shared, found.contested) == ({"phone.home"}, frozenset())


def test_a_household_phone_that_three_assert_is_shared_though_an_order_was_verified_with_it() -> None:
    found = resolved(
        event(1, "phone.home!", "order_number.7!"),
        *(event(n, f"customer_number.{n}", "phone.home") for n in (2, 3, 4)),
    )
    assert found.shared == {"phone.home"}
    assert frozenset({"order_number.7"}) in people(found)


def test_a_household_phone_verified_to_be_one_members_is_that_members_alone() -> None:
    found = resolved(
        *(event(n, f"customer_number.{n}", "phone.home") for n in (1, 2)),
        event(3, "customer_number.3!", "phone.home!"),
    )
    assert people(found) == {
        frozenset({"customer_number.1"}),
        frozenset({"customer_number.2"}),
        frozenset({"customer_number.3", "phone.home"}),
    }


def test_an_unlinked_login_makes_a_mailbox_nobodys_own() -> None:
    login = event(1, "customer_number.1!", "email.a!")
    forms = event(2, "customer_number.2", "email.a"), event(3, "customer_number.3", "email.a")
    assert resolved(login, *forms).contested == {"email.a"}
    assert resolved(login, *forms, unlink(4, "customer_number.1", "email.a")).shared == {"email.a"}


def test_a_persons_link_holds_a_contested_identifier_and_does_not_take_back_a_shared_one() -> None:
    forms = event(2, "customer_number.2", "phone.a"), event(3, "customer_number.3", "phone.a")
    hers = link(9, "customer_number.4", "phone.a")
    assert resolved(*forms, hers).shared == {"phone.a"}
    found = resolved(event(1, "loyalty_card.1!", "phone.a!"), *forms, hers)
    assert frozenset({"customer_number.4", "loyalty_card.1", "phone.a"}) in people(found)


def test_verified_evidence_for_the_pair_joins_two_verified_identifiers_however_late() -> None:
    found = resolved(
        event(1, "email.a!"),
        event(2, "phone.a!"),
        event(3, "email.a", "phone.a"),
        event(4, "email.a!", "phone.a!"),
    )
    assert len(people(found)) == 1
    assert found.refused == ()


def test_a_kiosk_with_ten_thousand_customers_joins_none_of_them() -> None:
    found = resolved(*(event(n, f"customer_number.{n}", "device.kiosk") for n in range(10_000)))
    assert len(people(found)) == 10_000
    assert found.shared == {"device.kiosk"}


def test_a_customer_with_ten_thousand_orders_is_one_person() -> None:
    found = resolved(*(event(n, "email.shopper", f"order_number.{n}") for n in range(10_000)))
    assert len(people(found)) == 1


def test_a_customers_id_is_a_stable_uuid_of_the_heads_token() -> None:
    token = "0b8f7f7e-6d7c-4f0e-9f5f-1f2d3c4b5a69"
    assert customer_id(token) == "8370de21-da9e-5adc-957a-5543d4f76e84"
    assert customer_id(token) != customer_id(token.replace("0", "1"))


def test_a_customers_id_is_the_version_5_uuid_of_the_token_in_a_name_space_of_ours() -> None:
    space = uuid.UUID("8d0a4c52-6f3b-5e1d-9a47-2c1be70f5a36")
    tokens = [str(uuid.uuid5(space, str(number))) for number in range(200)]
    assert [customer_id(token) for token in tokens] == [str(uuid.uuid5(space, token)) for token in tokens]
