"""Part (l): single events, 200 a second through the API on Kafka, until each can be read; what a killed worker costs."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle
from queue import SimpleQueue
from typing import Any

from api.tokens import issue
from klantbeeld.bootstrap import System
from klantbeeld.token_key import token_key
from tests.bench.distributed.installation import Distributed, wired, workers_of
from tests.bench.latency import percentiles, together
from tests.bench.wire import EVENT, Wire
from tests.bench.workload import Workload
from tests.waiting import until

A_SECOND = 200
SENDERS = 48
READERS = 8
EACH = 10
"""Every so many events one is waited for by a reader: a read costs the server as much as an event does."""
READ = 100
PATIENCE = 300
PORT = 28360


class Singles:
    """One run. Every event is sent at a moment fixed beforehand; a reader then asks for one in `EACH` with `wait_for`."""

    def __init__(self, wires: "Wires", known: Workload, workload: Workload, events: int) -> None:
        self._wires, self._numbers, self._events = wires, count(), events
        self._bodies = list(workload.events(events))
        self._taken: SimpleQueue[tuple[str, float] | None] = SimpleQueue()
        with wires.agent() as reader:
            self._customers = cycle(reader.known(map(known.mail, range(READ))))
        self._start = time.perf_counter() + 0.5
        self._ended = self._start
        self.seen: list[float] = []
        self.accepted: list[float] = []
        self.late: list[float] = []

    @property
    def a_second(self) -> float:
        """How many were sent in a second."""
        return round(len(self.accepted) / (self._ended - self._start), 1)

    def run(self) -> None:
        together([self._send_all] + [self._read] * READERS)

    def _send_all(self) -> None:
        try:
            together([self._send] * SENDERS)
        finally:
            for _ in range(READERS):
                self._taken.put(None)

    def _send(self) -> None:
        with self._wires.connector() as sender:
            while (number := next(self._numbers)) < self._events:
                moment = self._start + number / A_SECOND
                time.sleep(max(0.0, moment - time.perf_counter()))
                sent = time.perf_counter()
                position = sender.took(self._bodies[number], 1, EVENT)
                accepted = self._ended = time.perf_counter()
                self.late.append(sent - moment)
                self.accepted.append(accepted - sent)
                if number % EACH == 0:
                    self._taken.put((position, accepted))

    def _read(self) -> None:
        with self._wires.agent() as reader:
            while taken := self._taken.get():
                position, accepted = taken
                reader.found(f"/v1/customers/{next(self._customers)}?wait_for={position}")
                self.seen.append(time.perf_counter() - accepted)


class Wires:
    """Connections with a token."""

    def __init__(self, system: System) -> None:
        key, now = token_key(system.settings), system.clock()
        self._sender = issue(key, role="connector", name="bench", now=now, days=1, attests=True)
        self._agent = issue(key, role="agent", name="bench", now=now, days=1)

    def connector(self) -> Wire:
        return Wire(PORT, self._sender)

    def agent(self) -> Wire:
        return Wire(PORT, self._agent)


def measured(system: Distributed, customers: int, seconds: int) -> dict[str, Any]:
    """The customers of part (k) must be known already: it goes first."""
    with wired(system) as wiring, at_work(system) as worker:
        wires = Wires(wiring)
        until(lambda: answers(wires))
        until(lambda: wiring.reads.processed() == wiring.log.ends(), PATIENCE)
        events = Workload(customers, seed=11, name="single")
        run = Singles(wires, Workload(customers), events, seconds * A_SECOND)
        run.run()
        recovered = _killed(wiring, wires, worker, Workload(customers, seed=12, name="after"))
    return {
        "events": len(run.accepted),
        "events_per_s": run.a_second,
        "sent_late_p99_ms": percentiles(run.late)["p99_ms"],
        "sent_to_accepted": percentiles(run.accepted),
        "accepted_to_visible": percentiles(run.seen),
        "killed_worker_caught_up_s": recovered,
    }


@contextmanager
def at_work(system: Distributed) -> Iterator[Any]:
    with (
        system.process("serve", "--port", str(PORT)),
        system.process("work", "timeline") as worker,
        system.process("work", "search"),
    ):
        yield worker


def answers(wires: Wires) -> bool:
    try:
        with wires.agent() as reader:
            return reader.get("/readyz")[0] == 200
    except OSError:
        return False


def _killed(wiring: System, wires: Wires, worker: Any, workload: Workload, times: int = 3) -> list[float]:
    """Seconds from the kill of the timeline worker, with events waiting, until nothing waits."""
    found = []
    for _ in range(times):
        [child] = workers_of(worker)
        os.kill(child, signal.SIGKILL)
        began = time.perf_counter()
        with wires.connector() as sender:
            for body in workload.events(100):
                sender.took(body, 1, EVENT)
        until(lambda: timeline(wiring) == wiring.log.ends())
        found.append(round(time.perf_counter() - began, 2))
    return found


def timeline(wiring: System) -> dict[int, int]:
    with wiring.database.connection() as connection:
        rows = connection.execute(
            "SELECT partition, next_position FROM checkpoint WHERE processor = 'timeline'"
        )
        return dict(rows.fetchall())
