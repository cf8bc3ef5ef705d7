"""Part (m): the broker is away while events come in, 200 a second; all that is accepted must be in the log afterwards."""

import time
from itertools import count, islice
from typing import Any

from klantbeeld.bootstrap import System
from tests.bench.distributed.installation import Distributed, stack, wired
from tests.bench.distributed.singles import Wires, answers, at_work, timeline
from tests.bench.latency import percentiles, together
from tests.bench.workload import Workload
from tests.waiting import until

A_SECOND = 200
BATCH = 10
SENDERS = 8
PATIENCE = 600


class Outage:
    """Batches of events, each sent at a moment fixed beforehand."""

    def __init__(self, wires: Wires, workload: Workload, seconds: int) -> None:
        self._wires, self._numbers = wires, count()
        made = workload.events(seconds * A_SECOND)
        self._bodies = [b"[" + b",".join(one) + b"]" for one in iter(lambda: list(islice(made, BATCH)), [])]
        self._start = time.perf_counter() + 0.5
        self.events = len(self._bodies) * BATCH
        self.accepted: list[float] = []
        self.late: list[float] = []

    def run(self) -> None:
        together([self._send] * SENDERS)

    def _send(self) -> None:
        with self._wires.connector() as sender:
            while (number := next(self._numbers)) < len(self._bodies):
                moment = self._start + number * BATCH / A_SECOND
                time.sleep(max(0.0, moment - time.perf_counter()))
                sent = time.perf_counter()
                sender.took(self._bodies[number], BATCH)
                self.late.append(sent - moment)
                self.accepted.append(time.perf_counter() - sent)


def measured(system: Distributed, customers: int, seconds: int) -> dict[str, Any]:
    """`lost`: events that were accepted and are not stored in the read models when all has been processed."""
    with wired(system) as wiring, at_work(system):
        wires = Wires(wiring)
        until(lambda: answers(wires))
        until(lambda: timeline(wiring) == wiring.log.ends(), PATIENCE)
        before = _stored(wiring)
        stack("stop", "kafka", "--dir", str(system.folder))
        outage = Outage(wires, Workload(customers, seed=13, name="away"), seconds)
        outage.run()
        waiting = _spooled(wiring)
        stack("start", "kafka", "--dir", str(system.folder))
        began = time.perf_counter()
        until(lambda: _spooled(wiring) == 0, PATIENCE)
        published = time.perf_counter() - began
        until(lambda: timeline(wiring) == wiring.log.ends(), PATIENCE)
        caught_up = time.perf_counter() - began
        stored = _stored(wiring) - before
    return {
        "seconds": seconds,
        "accepted": outage.events,
        "sent_late_p99_ms": percentiles(outage.late)["p99_ms"],
        "sent_to_accepted": percentiles(outage.accepted),
        "spooled": waiting,
        "published_s": round(published, 1),
        "caught_up_s": round(caught_up, 1),
        "lost": outage.events - stored,
    }


def _spooled(wiring: System) -> int:
    return _number(wiring, "SELECT count(*) FROM kept.spool")


def _stored(wiring: System) -> int:
    return _number(wiring, "SELECT coalesce(sum(stored), 0) FROM checkpoint WHERE processor = 'timeline'")


def _number(wiring: System, query: str) -> int:
    with wiring.database.connection() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return int(row[0])
