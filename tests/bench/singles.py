"""Part (b): single events, 100 a second whatever the answers do; how long each takes until it can be read.

Every event is sent at a moment fixed beforehand. Its sender then reads the brief of the customer concerned, with
`wait_for` the event's position. Each client has a connection of its own that stays open.
"""

import time
from itertools import count
from typing import Any

from tests.bench.installation import Installation
from tests.bench.latency import milliseconds, percentiles, together
from tests.bench.sizes import Sizes
from tests.bench.wire import EVENT, Wire
from tests.bench.workload import Workload

A_SECOND = 100
CLIENTS = 24
READ = 100
"""Customers whose briefs are read."""


class Singles:
    """One run. Times are seconds; `late` is how much after its moment an event was sent."""

    def __init__(self, system: Installation, workload: Workload, events: int) -> None:
        self._system, self._numbers, self._events = system, count(), events
        self._bodies = list(workload.events(events))
        with system.wire("agent") as reader:
            self._customers = reader.known(map(workload.mail, range(READ)))
        self._start = time.perf_counter() + 0.5
        self.accepted: list[float] = []
        self.seen: list[float] = []
        self.until_seen: list[float] = []
        self.late: list[float] = []

    def client(self) -> None:
        with self._system.wire("connector") as sender, self._system.wire("agent") as reader:
            while (number := next(self._numbers)) < self._events:
                moment = self._start + number / A_SECOND
                time.sleep(max(0.0, moment - time.perf_counter()))
                self._one(number, moment, sender, reader)

    def _one(self, number: int, moment: float, sender: Wire, reader: Wire) -> None:
        sent = time.perf_counter()
        position = sender.took(self._bodies[number], 1, EVENT)
        accepted = time.perf_counter()
        reader.found(f"/v1/customers/{self._customers[number % len(self._customers)]}?wait_for={position}")
        seen = time.perf_counter()
        self.late.append(sent - moment)
        self.accepted.append(accepted - sent)
        self.seen.append(seen - accepted)
        self.until_seen.append(seen - sent)


def measured(system: Installation, workload: Workload, sizes: Sizes) -> dict[str, Any]:
    """The customers of the workload must be known already."""
    run = Singles(system, workload, sizes.singles_seconds * A_SECOND)
    began = time.perf_counter()
    together([run.client] * CLIENTS)
    took = time.perf_counter() - began
    return {
        "events_per_s": round(len(run.seen) / (took - 0.5), 1),
        "sent_to_visible": percentiles(run.until_seen),
        "sent_to_accepted": percentiles(run.accepted),
        "accepted_to_visible": percentiles(run.seen),
        "sent_late_p99_ms": percentiles(run.late)["p99_ms"],
        "sent_late_max_ms": milliseconds(max(run.late)),
    }
