"""Taken in any steps, identity comes out as if all evidence had been resolved at once: small worlds, very many of them.

Few identifiers and small batches, so that what is taken in without a walk (leaves, evidence within one customer) meets
conflicts, exclusive values, late first sightings and verified sides all the time.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.people import GivenIdentifier
from klantbeeld.domain.events.system import DecisionWithdrawn, EventName
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import rules_from
from klantbeeld.domain.testimony import JUDGEMENTS, WITHDRAWN
from projections import sharing
from tests.bench.identity.people import START, event, named
from tests.projections.installation import RULES, Installation
from tests.projections.town import Town

NAMES = [
    *[("customer_number", n) for n in range(3)],
    *[("account:web", n) for n in range(2)],
    *[("email", n) for n in range(3)],
    *[("device", n) for n in range(2)],
    *[("order_number", n) for n in range(3)],
    *[("tracking", n) for n in range(3)],
    *[("telegram", n) for n in range(2)],
]
TIGHT = rules_from(
    {
        "limits": {
            "device": {"email": 1, "telegram": 1, "customer_number": 1, "tracking": 2},
            "email": {"device": 1, "telegram": 1, "order_number": 2},
            "order_number": {"tracking": 1, "email": 1, "telegram": 1},
            "tracking": {"telegram": 1, "order_number": 1},
        }
    }
)
"""So that small worlds have shared identifiers too."""
ASSERTED = [Strength.asserted, Strength.asserted, Strength.asserted, Strength.verified, Strength.weak]
VERIFIED = [Strength.asserted, Strength.verified]
"""So that some are verified to be somebody's and asserted of others."""
WORDS = ["visit.recorded"] * 8 + ["identity.linked", "identity.unlinked"]
SPREAD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def world(chance: Random) -> list[Event]:
    """Up to sixteen events about a handful of identifiers."""
    names, strengths = chance.sample(NAMES, chance.randint(3, 8)), chance.choice([ASSERTED, VERIFIED])
    events = [_happened(number, names, strengths, chance) for number in range(chance.randint(3, 16))]
    words = [one for one in events if one.type in JUDGEMENTS and chance.random() < 0.5]
    return events + [_taken_back(chance.randint(0, 20), number, one) for number, one in enumerate(words)]


def _taken_back(minute: int, number: int, word: Event) -> Event:
    pair = tuple(GivenIdentifier(type=one.type, value=one.value) for one in word.identifiers)
    named = EventName(source=word.order.source, id=word.order.id)
    data = DecisionWithdrawn(pair=pair, withdraws=(named,))
    back = event(1000 + number, word.identifiers, WITHDRAWN, data)
    return replace(back, order=back.order._replace(occurred_at=START + timedelta(seconds=minute)))


def _happened(number: int, names: list[tuple[str, int]], strengths: list[Strength], chance: Random) -> Event:
    word = chance.choice(WORDS)
    count = 2 if word != "visit.recorded" else chance.choice([1, 2, 2, 2, 3])
    who = [named(*name, chance.choice(strengths)) for name in chance.sample(names, count)]
    return event(number, who, word)


@settings(max_examples=500, suppress_health_check=SPREAD)
@given(seed=st.integers(0, 2**32))
def test_in_any_steps_heads_sharedness_and_conflicts_are_those_of_the_whole(
    reused: Installation, seed: int
) -> None:
    chance = Random(seed)
    events, rules = world(chance), chance.choice([RULES, TIGHT])
    reused.run("TRUNCATE identifier, evidence, conflict")
    town = Town(reused, chance.choice([1, 1, 2, 3, 7]), rules)
    with patch.object(sharing, "MOST_SAMPLED", chance.choice([1, 2, 3, 200])):
        town.take(events if chance.random() < 0.5 else chance.sample(events, len(events)))
    town.events = events
    found = town.agrees()
    first: dict[tuple[str, str], str] = {}
    for refusal in found.refused:
        first.setdefault(refusal.evidence.pair, refusal.reason)
    stored = reused.all("SELECT a, b, reason, head_a, head_b FROM conflict")
    assert set(stored) == {(a, b, reason, found.head[a], found.head[b]) for (a, b), reason in first.items()}
    shared = reused.all("SELECT token FROM identifier WHERE shared")
    assert {token for (token,) in shared} == found.shared
    contested = reused.all("SELECT token FROM identifier WHERE sharing = 1")
    assert {token for (token,) in contested} == found.contested


def test_whoever_comes_in_a_batch_with_somebody_seen_before_all_others_makes_that_one_the_head(
    installation: Installation,
) -> None:
    """Only the second of the two events names a known customer; the first is the oldest of all."""
    mail, order, parcel = named("email", 1), named("order_number", 1), named("tracking", 1)
    town = Town(installation)
    town.events = [event(1, [order, parcel]), event(5, [mail]), event(9, [mail, order])]
    town.take(town.events[1:2])
    town.take([town.events[0], town.events[2]])
    assert town.agrees().head[mail.token] == order.token


def test_a_newcomer_that_two_of_one_customers_identifiers_make_shared_belongs_to_nobody(
    installation: Installation,
) -> None:
    one, other, order = named("email", 1), named("email", 2), named("order_number", 1)
    town = Town(installation, batch=1, rules=TIGHT)
    town.live([[one, other], [one, other, order]])
    assert town.agrees().shared == {order.token}


def test_an_unlinked_pair_does_not_count_though_the_other_end_has_become_shared(
    installation: Installation,
) -> None:
    one, other, order = named("telegram", 1), named("telegram", 2), named("order_number", 1)
    first, second = named("customer_number", 1), named("customer_number", 2)
    town = Town(installation, batch=1, rules=TIGHT)
    town.live([[one, first], [other, order], [first, other], [second, other]])
    later = [event(8, [other, order], "identity.unlinked"), event(9, [one, order])]
    town.take(later)
    town.events += later
    found = town.agrees()
    assert found.shared == {other.token}
    assert found.head[order.token] == one.token


def test_a_shared_phone_is_somebodys_from_the_login_on_that_says_so_of_a_type_without_a_limit(
    installation: Installation,
) -> None:
    phone, card = named("phone", 1, Strength.verified), named("loyalty_card", 1, Strength.verified)
    rules = rules_from({"limits": {"phone": {"loyalty_card": None}}})
    town = Town(installation, batch=1, rules=rules)
    town.live([[named("customer_number", n), phone] for n in (1, 2)])
    assert town.agrees().shared == {phone.token}
    town.live([[phone, card]])
    found = town.agrees()
    assert (found.shared, found.contested) == (frozenset(), {phone.token})
    assert found.head[card.token] == phone.token


def test_what_a_part_of_the_evidence_leaves_open_is_judged_by_all_of_it(installation: Installation) -> None:
    """A phone is one customer's and asserted of others; the fourth mailbox verified with it is one too many."""
    town = Town(installation, batch=1)
    phone, asserted = named("phone", 1, Strength.verified), named("phone", 1)
    numbers = [named("customer_number", n, Strength.verified) for n in range(5)]
    mails = [named("email", n, Strength.verified) for n in range(50)]
    mails = [mail for mail in mails if mail.token > phone.token][:4]
    owned = [[numbers[0], phone], *([mail, phone] for mail in mails[:3])]
    town.live([*owned, *([one, asserted] for one in numbers[1:])])
    assert town.agrees().contested == {phone.token}
    with patch.object(sharing, "MOST_SAMPLED", 2):
        town.live([[mails[3], phone]])
    assert town.agrees().shared == {phone.token}
    assert installation.all("SELECT token FROM identifier WHERE shared") == [(phone.token,)]
