"""Part (c): how long briefs and pages of 50 entries take, for many customers and for one with a very long history."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.bench.installation import Installation
from tests.bench.latency import percentiles, timed, together
from tests.bench.sizes import Sizes
from tests.bench.traffic import poured
from tests.bench.wire import Wire
from tests.bench.workload import EvenWorkload, HeavyCustomer, Workload

PAGE = 50
LIGHT_CUSTOMERS = 200
LIGHT_ENTRIES = 60
SAMPLED = 2_000
TURNS = 10
"""Heavy and light are asked in turns, so that whatever the machine does meets both."""

Read = Callable[[Wire, str], object]


def brief(wire: Wire, customer: str) -> object:
    return wire.found(f"/v1/customers/{customer}")


def timeline(wire: Wire, customer: str) -> object:
    return wire.found(f"/v1/customers/{customer}/timeline?limit={PAGE}")


def measured(system: Installation, base: Workload, customers: int, sizes: Sizes) -> dict[str, Any]:
    """`base` is the traffic that is there already, about so many customers; the other customers are made here."""
    light = EvenWorkload(LIGHT_CUSTOMERS, name="l")
    heavy = HeavyCustomer()
    poured(system, light, LIGHT_CUSTOMERS * LIGHT_ENTRIES)
    poured(system, heavy, sizes.heavy)
    known = random.Random(1).sample(range(customers), min(SAMPLED, customers))
    with system.wire("agent") as wire:
        many = wire.known(map(base.mail, known))
        pages = wire.known(map(light.mail, range(LIGHT_CUSTOMERS)))
        one = wire.customer(heavy.mail(0))
        about = {"light_page_entries": _entries(wire, pages[0]), "heavy_page_entries": _entries(wire, one)}
    return {
        "customers": customers,
        "heavy_entries": sizes.heavy,
        **about,
        "brief_1_client": _asked(system, brief, many, 1, sizes.reads),
        "brief_8_clients": _asked(system, brief, many, 8, sizes.reads),
        "timeline_1_client": _asked(system, timeline, pages, 1, sizes.reads),
        "timeline_8_clients": _asked(system, timeline, pages, 8, sizes.reads),
        **_compared(system, pages, one, sizes.reads),
    }


def _entries(wire: Wire, customer: str) -> int:
    return len(wire.found(f"/v1/customers/{customer}/timeline?limit={PAGE}")["items"])


def _asked(
    system: Installation, read: Read, customers: Sequence[str], clients: int, requests: int
) -> dict[str, float]:
    """Clients that ask one thing after another, about customers at random."""
    seconds: list[float] = []

    def client(number: int) -> None:
        dice = random.Random(number)
        with system.wire("agent") as wire:
            for _ in range(20):
                read(wire, dice.choice(customers))
            asked = [dice.choice(customers) for _ in range(requests // clients)]
            seconds.extend([timed(lambda one=one: read(wire, one)) for one in asked])  # type: ignore[misc]

    together([lambda n=n: client(n) for n in range(clients)])  # type: ignore[misc]
    return percentiles(seconds)


def _compared(system: Installation, light: Sequence[str], heavy: str, requests: int) -> dict[str, Any]:
    """The heavy customer beside light ones, over one connection."""
    found: dict[str, list[float]] = {"light": [], "heavy": []}
    for _ in range(TURNS):
        for name, customers in (("light", light), ("heavy", [heavy])):
            found[name] += _seconds(system, customers, requests // TURNS)
    of = {f"timeline_{name}": percentiles(seconds) for name, seconds in found.items()}
    ratio = of["timeline_heavy"]["p50_ms"] / of["timeline_light"]["p50_ms"]
    return {
        **of,
        "heavy_to_light": round(ratio, 3),
        "brief_heavy": _asked(system, brief, [heavy], 1, max(requests // 10, 20)),
    }


def _seconds(system: Installation, customers: Sequence[str], requests: int) -> list[float]:
    dice = random.Random(requests)
    with system.wire("agent") as wire:
        timeline(wire, customers[0])
        return [timed(lambda: timeline(wire, dice.choice(customers))) for _ in range(requests)]
