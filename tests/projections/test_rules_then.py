"""As of a moment people are told apart by the rules of that moment, and no sooner or later."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.picture import picture
from projections.corrections import decode
from projections.reading.as_of import Moment, as_of
from projections.reading.problems import UnknownCustomer
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, BORIS, Cloud, cloud, minute
from tests.projections.installation import RULES, Installation
from tests.projections.ruled import DOCUMENTS, STRICT, acquaintances, any_order, rules_changed

fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
PHONE = {"type": "phone", "value": "+31612345651"}


@st.composite
def ruled_acquaintances(draw: st.DrawFn) -> list[Cloud]:
    history = draw(acquaintances())
    for number in range(draw(st.integers(1, 3))):
        changed = rules_changed(
            draw(st.integers(0, 4)), draw(st.sampled_from(DOCUMENTS)), id=f"rules {number}"
        )
        history.insert(draw(st.integers(0, len(history))), changed)
    return history


def identifiers_then(installation: Installation, token: str, moment: Moment) -> set[str] | None:
    with installation.database.snapshot() as connection:
        try:
            then = as_of(
                connection, installation.names, installation.log, installation.keys, RULES, token, moment
            )
        except UnknownCustomer:
            return None
    return set(then.who.tokens)


def of_the_picture(events: Sequence[Event], token: str, moment: Moment) -> set[str] | None:
    then = picture([one for one in events if moment.covers(one.occurred_at, one.recorded_at)], RULES, decode)
    head = then.head_of(token) if token in then.known else None
    return None if head is None else set(then.tokens_of(head))


@settings(max_examples=60, suppress_health_check=fixtures_too)
@given(history=ruled_acquaintances(), chance=st.randoms(use_true_random=False))
def test_who_was_who_is_what_the_picture_of_then_says(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    reused.empty()
    for one in any_order(history, chance):
        reused.take([one])
    events = reused.events()
    moments = [
        Moment(at=chance.choice(events).recorded_at),
        Moment(at=chance.choice(events).occurred_at, basis="occurred"),
    ]
    for (token,) in reused.all("SELECT token FROM identifier"):
        for moment in moments:
            assert identifiers_then(reused, token, moment) == of_the_picture(events, token, moment)


@pytest.mark.parametrize("basis", ["recorded", "occurred"])
def test_a_customer_that_other_rules_took_apart_is_whole_as_of_before(
    installation: Installation, basis: str
) -> None:
    installation.take([cloud("visit.recorded", 1, [PHONE, ANNEMIEKS_MAIL], page="/")])
    installation.take([rules_changed(3, STRICT)])
    (token,) = installation.one("SELECT token FROM identifier WHERE type = 'phone'")
    (recorded,) = installation.one("SELECT recorded_at FROM entry WHERE type = 'visit.recorded'")
    (last,) = installation.one("SELECT recorded_at FROM rules")
    before, after = (minute(2), minute(3)) if basis == "occurred" else (recorded, last)
    assert len(identifiers_then(installation, token, Moment(at=before, basis=basis)) or ()) == 2  # type: ignore[arg-type]
    assert identifiers_then(installation, token, Moment(at=after, basis=basis)) is None  # type: ignore[arg-type]


def test_a_mailbox_had_its_customers_orders_until_a_form_asserted_it_of_another(
    installation: Installation,
) -> None:
    verified = [{**one, "strength": "verified"} for one in (ANNEMIEK, ANNEMIEKS_MAIL)]
    order = {"type": "order_number", "value": "web:1"}
    installation.take(
        [cloud("visit.recorded", 1, verified, page="/")],
        [cloud("visit.recorded", 2, [ANNEMIEKS_MAIL, order], page="/")],
        [cloud("visit.recorded", 4, [ANNEMIEKS_MAIL, BORIS], page="/")],
    )
    (token,) = installation.one("SELECT token FROM identifier WHERE type = 'email'")
    seen = [
        identifiers_then(installation, token, Moment(at=minute(at), basis="occurred")) or () for at in (3, 4)
    ]
    assert [len(one) for one in seen] == [3, 2]


def test_what_is_junk_is_not_fetched_to_ask_about_then(installation: Installation) -> None:
    withheld = {"type": "phone", "value": "anonymous"}
    installation.take(
        [cloud("visit.recorded", 1, [withheld, ANNEMIEK], page="/")],
        [cloud("visit.recorded", 2, [withheld, BORIS], page="/")],
    )
    (token, junk) = installation.one(
        "SELECT k.token, p.token FROM identifier k, identifier p WHERE k.value = %s AND p.junk",
        ANNEMIEK["value"],
    )
    installation.run("DELETE FROM evidence WHERE a = %s OR b = %s", junk, junk)
    moment = Moment(at=minute(5), basis="occurred")
    assert identifiers_then(installation, token, moment) == {token}
