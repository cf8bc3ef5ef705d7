"""Shapes that identifiers make when many people share one, one has thousands, or somebody means harm.

Each must give the right customers, and the thousandth event must cost about what the hundredth did: counted are the
statements that the database gets and the rows that they touch, which say the same on every machine.
"""

from random import Random

import pytest

from klantbeeld.domain.events.event import Identified
from klantbeeld.domain.identifiers import Strength
from tests.bench.identity.people import event, named
from tests.counting import Work, counted
from tests.projections.installation import Installation
from tests.projections.town import Town, Who

MANY = 10_000
LONG = 2_000


def is_flat(early: Work, late: Work) -> bool:
    """Two stretches of equally many events. A few rows more are no growth."""
    return late.statements <= early.statements * 1.2 + 5 and late.rows <= early.rows * 1.5 + 50


def number(n: int | str, strength: Strength = Strength.verified) -> Identified:
    return named("customer_number", n, strength)


@pytest.mark.parametrize("kiosk", [named("device", "kiosk"), named("phone", "desk"), named("email", "sales")])
def test_a_kiosk_that_ten_thousand_customers_use_joins_none_and_stays_cheap(
    installation: Installation, kiosk: Identified
) -> None:
    town = Town(installation)
    town.live([number(n), kiosk] for n in range(500))
    early = town.cost_of([number(n), kiosk] for n in range(500, 1_000))
    town.live([number(n), kiosk] for n in range(1_000, MANY - 500))
    late = town.cost_of([number(n), kiosk] for n in range(MANY - 500, MANY))
    assert is_flat(early, late)
    found = town.agrees()
    assert found.shared == {kiosk.token}
    assert len(found.clusters) == MANY


def test_a_shops_mailbox_with_an_account_of_its_own_that_thousands_are_served_by_stays_the_shops_and_cheap(
    installation: Installation,
) -> None:
    town, box = Town(installation), named("email", "shop")
    town.live([[number("shop"), named("email", "shop", Strength.verified)]])
    town.live([number(n), box, named("order_number", n)] for n in range(500))
    early = town.cost_of([number(n), box, named("order_number", n)] for n in range(500, 1_000))
    town.live([number(n), box, named("order_number", n)] for n in range(1_000, MANY - 500))
    late = town.cost_of([number(n), box, named("order_number", n)] for n in range(MANY - 500, MANY))
    assert is_flat(early, late)
    found = town.agrees()
    assert (found.shared, found.contested) == (frozenset(), {box.token})
    assert len(found.clusters) == MANY + 1
    assert found.clusters[number("shop").token] == {number("shop").token, box.token}


def test_a_tablet_on_which_ten_thousand_customers_log_in_is_nobodys_and_stays_cheap(
    installation: Installation,
) -> None:
    town, tablet = Town(installation), named("device", "tablet", Strength.verified)
    town.live([number(n), tablet] for n in range(500))
    early = town.cost_of([number(n), tablet] for n in range(500, 1_000))
    town.live([number(n), tablet] for n in range(1_000, MANY - 500))
    late = town.cost_of([number(n), tablet] for n in range(MANY - 500, MANY))
    assert is_flat(early, late)
    assert town.agrees().shared == {tablet.token}


def crowds() -> dict[str, tuple[Identified, list[Who]]]:
    """What 3,000 customers use together, and all that is told of it."""
    box, tablet, shop = (
        named("email", "sales"),
        named("device", "tablet", Strength.verified),
        named("email", "shop"),
    )
    owned = [number("shop"), named("email", "shop", Strength.verified)]
    return {
        "claimed": (box, [[number(n), box] for n in range(3_000)]),
        "proven": (tablet, [[number(n), tablet] for n in range(3_000)]),
        "contested": (shop, [owned, *([number(n), shop] for n in range(3_000))]),
    }


@pytest.mark.parametrize("sharing", ["claimed", "proven", "contested"])
@pytest.mark.parametrize("word", ["identity.unlinked", "identity.linked"])
def test_a_persons_word_on_what_thousands_share_reads_a_part_of_what_is_said_of_it(
    installation: Installation, sharing: str, word: str
) -> None:
    town, (crowded, told) = Town(installation), crowds()[sharing]
    town.live(told)
    said = event(len(told), [number(7), crowded], word)
    with counted(installation.connection) as work:
        town.take([said])
    town.events.append(said)
    town.agrees()
    assert work.statements < 30
    assert work.rows < 1_000


def test_what_thousands_share_becomes_somebodys_without_reading_who_merely_says_so(
    installation: Installation,
) -> None:
    """And is nobody's again when a person says that it is not."""
    town, (box, told) = Town(installation), crowds()["claimed"]
    town.live(told)
    assert town.agrees().shared == {box.token}
    work = town.cost_of([[number("shop"), named("email", "sales", Strength.verified)]])
    assert town.agrees().contested == {box.token}
    said = event(len(town.events), [number("shop"), box], "identity.unlinked")
    with counted(installation.connection) as again:
        town.take([said])
    town.events.append(said)
    assert town.agrees().shared == {box.token}
    assert max(work.rows, again.rows) < 1_000


def test_a_companys_mailbox_that_thousands_of_phones_write_to_belongs_to_nobody(
    installation: Installation,
) -> None:
    town, box = Town(installation), named("email", "info")
    town.live([named("device", n), box] for n in range(500))
    early = town.cost_of([named("device", n), box] for n in range(500, 1_000))
    town.live([named("device", n), box] for n in range(1_000, MANY - 500))
    late = town.cost_of([named("device", n), box] for n in range(MANY - 500, MANY))
    assert is_flat(early, late)
    assert town.agrees().shared == {box.token}


def order(n: int) -> list[Who]:
    """Placed, on its way, and asked about by a visitor of the site."""
    placed, parcel = named("order_number", n), named("tracking", n)
    mail = named("email", "shopper", Strength.verified)
    return [
        [number("shopper"), mail, placed],
        [mail, placed],
        [placed, parcel],
        [parcel, mail],
        [named("anonymous", n), mail],
    ]


def test_a_customer_with_ten_thousand_orders_is_one_person_and_each_costs_what_the_first_did(
    installation: Installation,
) -> None:
    town = Town(installation)
    orders = [order(n) for n in range(MANY)]

    def told(start: int, end: int) -> list[Who]:
        return [who for one in orders[start:end] for who in one]

    town.live(told(0, 500))
    early = town.cost_of(told(500, 750))
    town.live(told(750, MANY - 250))
    late = town.cost_of(told(MANY - 250, MANY))
    assert is_flat(early, late)
    assert len(town.agrees().clusters) == 1


def links(length: int) -> list[Who]:
    """Mailbox, phone, mailbox, phone: each only known to belong to the next."""
    kinds = [named(("email", "phone")[n % 2], f"c{n}") for n in range(length + 1)]
    return [[kinds[n], kinds[n + 1]] for n in range(length)]


def test_a_chain_of_two_thousand_that_grows_at_its_end_costs_no_more_for_being_long(
    installation: Installation,
) -> None:
    town, chain = Town(installation, batch=1), links(LONG)
    town.live(chain[:100])
    early = town.cost_of(chain[100:200])
    town.live(chain[200 : LONG - 100])
    late = town.cost_of(chain[LONG - 100 :])
    assert is_flat(early, late)
    assert len(town.agrees().clusters) == 1


def test_a_chain_of_two_thousand_is_one_person_in_whatever_order_its_links_come(
    installation: Installation,
) -> None:
    town, chain = Town(installation, batch=20), links(LONG)
    Random(5).shuffle(chain)
    work = town.cost_of(chain)
    assert len(town.agrees().clusters) == 1
    assert work.statements < 20 * LONG / 20 + 200, "as many statements a batch, however long the way is"
    assert work.rows < 80 * LONG


def test_news_about_a_long_chain_takes_a_few_statements_not_one_for_each_link(
    installation: Installation,
) -> None:
    town, chain = Town(installation), links(LONG)
    town.live([*chain, [named("social:x", 1)], [named("social:x", 2)]])
    middle = chain[LONG // 2][0]
    work = town.cost_of([[middle, named("social:x", 1)]])
    assert work.statements < 25
    assert len(town.agrees().clusters) == 2


def test_a_cycle_of_two_thousand_is_one_person_without_conflicts(installation: Installation) -> None:
    town, chain = Town(installation), links(LONG - 1)
    town.live([*chain, [chain[-1][1], chain[0][0]]])
    found = town.agrees()
    assert len(found.clusters) == 1
    assert found.refused == ()


def test_two_customer_numbers_at_the_ends_of_a_long_chain_stay_two_people(installation: Installation) -> None:
    """Somebody joins them in the middle, last: only that is refused."""
    town, chain = Town(installation), links(400)
    middle = chain.pop(200)
    town.live([[number(1), chain[0][0]], [number(2), chain[-1][1]], *chain, middle])
    found = town.agrees()
    assert len(found.clusters) == 2
    assert [set(one.evidence.pair) for one in found.refused] == [{one.token for one in middle}]


def test_events_about_a_known_star_of_a_thousand_that_say_nothing_new_cost_nothing(
    installation: Installation,
) -> None:
    town, hub = Town(installation), named("email", "hub", Strength.verified)
    star = [[hub, named("order_number", n)] for n in range(1_000)]
    town.live(star)
    assert town.cost_of(star) == Work(0, 0)


def test_a_crowd_whose_devices_each_become_shared_in_one_batch_falls_apart_in_few_statements(
    installation: Installation,
) -> None:
    """Three mailboxes each were one person's; a fourth makes all of them households."""
    town = Town(installation, batch=1_000)
    town.live([named("email", f"{n}-{m}"), named("device", n)] for n in range(300) for m in range(3))
    assert len(town.agrees().clusters) == 300
    work = town.cost_of([named("email", f"{n}-3"), named("device", n)] for n in range(300))
    assert len(town.agrees().clusters) == 1_200
    assert work.statements < 30
    assert work.rows < 300 * 60


def test_shapes_come_out_alike_when_all_is_told_in_any_order(installation: Installation) -> None:
    """Kiosk, shopper, chain and conflict at once, shuffled and in batches of many sizes."""
    days = [
        *([number(n), named("device", "kiosk")] for n in range(60)),
        *(who for n in range(40) for who in order(n)),
        *links(60),
        [number(1), named("email", "c0")],
        [number(2), named("email", "c60")],
    ]
    events = [event(n, who) for n, who in enumerate(days)]
    for seed in range(6):
        chance = Random(seed)
        installation.renew()
        town = Town(installation, batch=chance.choice([1, 7, 50]))
        town.take(chance.sample(events, len(events)))
        town.events = events
        town.agrees()
