"""Whether an event costs as much among a million customers as among ten thousand.

The identity step takes every event that made those customers, in batches and with commits as in a replay; nothing is
copied in. At each size the same mix is taken and timed. Run by itself (`python -m tests.bench.identity.growth SLICE
CUSTOMERS…`), on the installation of the settings.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from klantbeeld.bootstrap import opened
from klantbeeld.domain.events.event import Event, Identified
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import default_rules
from klantbeeld.log.postgres.database import Connection
from klantbeeld.settings import load
from projections.acquaintance import Acquaintance
from projections.identities import Identities
from tests.bench.effort import seconds_of
from tests.bench.identity.people import HERE, batches, event, named, read_models
from tests.bench.memory import memory_of_this_process
from tests.counting import counted

BATCH = 1_000


class Growth:
    """Customers `0` to `people`, each with a number, a mailbox and an order by the event that brought them."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._rules = connection, default_rules()
        self._acquaintance, self._random = Acquaintance(), random.Random(3)
        self.people = self._number = 0

    def to(self, people: int) -> float:
        """New customers a second."""
        began, before = time.perf_counter(), self.people
        self._take(self._newcomer() for _ in range(people - self.people))
        took = time.perf_counter() - began
        self._connection.execute(f"ANALYZE {HERE}.identifier")
        self._connection.execute(f"ANALYZE {HERE}.evidence")
        return (people - before) / took

    def mixed(self, events: int) -> dict[str, float]:
        """What an event of ordinary days costs here, in microseconds, statements and rows."""
        mix = list(self._mix(events))
        gc.collect()
        with counted(self._connection) as work:
            backend = self._connection.info.backend_pid
            began, cpu = time.perf_counter(), time.process_time() + seconds_of(backend)
            self._take(mix)
            took, cpu = time.perf_counter() - began, time.process_time() + seconds_of(backend) - cpu
        return {
            "customers": self.people,
            "us": round(took / events * 1e6, 1),
            "cpu_us": round(cpu / events * 1e6, 1),
            "statements": round(work.statements / events, 4),
            "rows": round(work.rows / events, 3),
            "memory_mib": memory_of_this_process(),
        }

    def forget(self) -> None:
        """As a process that has just started."""
        self._acquaintance.forget()

    def _take(self, events: Iterable[Event]) -> None:
        for batch in batches(events, BATCH):
            with self._connection.transaction():
                self._acquaintance.settle()
                Identities(self._connection, self._rules, self._acquaintance).take(batch)

    def _mix(self, events: int) -> Iterator[Event]:
        """Of ten events six say nothing new, one brings a customer, two an order, one a phone."""
        for n in range(events):
            customer = self._random.randrange(self.people)
            if n % 10 == 0:
                yield self._newcomer()
            elif n % 10 in (1, 2):
                yield self._event([_mail(customer), named("order_number", f"m{self._number}")])
            elif n % 10 == 3:
                yield self._event([_mail(customer), named("phone", self._number)])
            else:
                yield self._event([_number(customer), _mail(customer)])

    def _newcomer(self) -> Event:
        customer = self.people
        self.people += 1
        return self._event([_number(customer), _mail(customer), named("order_number", customer)])

    def _event(self, who: list[Identified]) -> Event:
        self._number += 1
        return event(self._number, who)


def _number(customer: int) -> Identified:
    return named("customer_number", customer, Strength.verified)


def _mail(customer: int) -> Identified:
    return named("email", customer, Strength.verified)


def grown(connection: Connection, slice_: int, sizes: list[int]) -> dict[str, Any]:
    """`warm`: by a process that has met a slice of the same customers before; what it remembers covers some tens of
    thousands of them. `cold`: by one that remembers nobody. The first mix of all is not told.
    """
    growth, rates = Growth(connection), []
    warm: list[dict[str, float]] = []
    cold: list[dict[str, float]] = []
    for size in sizes:
        rates.append(round(growth.to(size), 1))
        growth.mixed(slice_)
        warm.append(growth.mixed(slice_))
        growth.forget()
        cold.append(growth.mixed(slice_))
    return {
        "events": slice_,
        "new_customers_per_s": rates,
        "warm": warm,
        "cold": cold,
        "warm_last_to_first": _last_to_first(warm),
        "cold_last_to_first": _last_to_first(cold),
    }


def _last_to_first(found: list[dict[str, float]]) -> dict[str, float]:
    of = ("us", "cpu_us", "statements", "rows", "memory_mib")
    return {name: round(found[-1][name] / found[0][name], 3) for name in of}


def main() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    slice_, *sizes = map(int, sys.argv[1:])
    with opened(load(), pool=4) as system, read_models(system.database) as connection:
        print(json.dumps(grown(connection, slice_, sizes)))


if __name__ == "__main__":
    main()
