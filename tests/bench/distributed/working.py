"""Part (k): the timeline worker against a bare Faust agent, two workers against one, and a replay, on one topic."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any

from klantbeeld.bootstrap import System
from klantbeeld.ingest.sender import Sender
from tests.bench.distributed.installation import Distributed, anew, measured_while, wired, workers_of
from tests.bench.distributed.waits import watched
from tests.bench.workload import Workload
from tests.waiting import until

BATCH = 1000
PATIENCE = 300
SENDER = Sender(name="bench", attests=True)
LOCKS = re.compile(r'klantbeeld_worker_lock_seconds_bucket\{le="([^"]+)",[^}]*\} ([0-9.]+)')
BATCHES = re.compile(r"klantbeeld_worker_batch_seconds_count\{[^}]*\} ([0-9.]+)")
PORTS = (28361, 28362)


def measured(system: Distributed, customers: int, events: int) -> dict[str, Any]:
    with wired(system) as wiring:
        published = _published(wiring, Workload(customers), events)
        bare = _bare(system, wiring, events)
        one = _worked(system, wiring, 1)
        anew(wiring)
        two = _worked(system, wiring, 2)
    return {
        "events": events,
        "published_per_s": round(events / published, 1),
        "bare_per_s": round(events / bare["seconds"], 1),
        "bare_cpu_us": round(bare["cpu_s"] / events * 1e6, 1),
        "one": one,
        "two": two,
        "share_of_bare": round(one["events_per_s"] / (events / bare["seconds"]), 3),
        "two_to_one": round(two["events_per_s"] / one["events_per_s"], 3),
        "replay": _replayed(system),
    }


def _published(wiring: System, workload: Workload, events: int) -> float:
    made = workload.events(events)
    batches = list(iter(lambda: list(islice(made, BATCH)), []))
    began = time.perf_counter()
    for batch in batches:
        receipt = wiring.ingest.accept(batch, SENDER)
        assert receipt.count("accepted") == len(batch)
    return time.perf_counter() - began


def _bare(system: Distributed, wiring: System, events: int) -> dict[str, float]:
    topic, bootstrap = f"{wiring.settings.topic_prefix}events", str(wiring.settings.kafka_bootstrap)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.distributed.bare_agent", bootstrap, topic, str(events)],
        env=system.environment, cwd=system.folder, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(
        done.stdout[done.stdout.index(b"{") :]
    )  # before it Faust clears its line
    return found


def _worked(system: Distributed, wiring: System, count: int) -> dict[str, Any]:
    """`count` timeline workers from empty read models to the log's end; the clock runs from the first commit."""
    ends = wiring.log.ends()
    with ExitStack() as running:
        processes = [
            running.enter_context(system.process("work", "timeline", "--metrics-port", str(port)))
            for port in PORTS[:count]
        ]
        until(lambda: _done(wiring) > 0)
        first, began = _done(wiring), time.perf_counter()
        with measured_while(system, {"workers": workers_of(*processes)}) as spent, watched(wiring) as waits:
            until(lambda: _done(wiring) == sum(ends.values()), PATIENCE)
            seconds = time.perf_counter() - began
        told = [_metrics(port) for port in PORTS[:count]]
    batches = sum(int(float(count)) for text in told for count in BATCHES.findall(text))
    events = sum(ends.values()) - first
    each = {f"{name}_cpu_us": round(cpu / events * 1e6, 1) for name, cpu in spent.items()}
    return {
        "events_per_s": round(events / seconds, 1),
        "batches": batches,
        "lock_waited_p99_s": waits.percentile(0.99, batches),
        "lock_waited_longest_s": waits.percentile(1.0, batches),
        "lock_statements_p99_below_s": max(percentile(LOCKS.findall(text), 0.99) for text in told),
        **each,
    }


def _done(wiring: System) -> int:
    with wiring.database.connection() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(next_position), 0)::bigint FROM checkpoint WHERE processor = 'timeline'"
        ).fetchone()
    assert row
    return int(row[0])


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def percentile(buckets: Sequence[tuple[str, str]], share: float) -> float:
    """The bound of the histogram's bucket in which the percentile lies."""
    found = [(float(bound), float(count)) for bound, count in buckets]
    total = found[-1][1]
    return next(bound for bound, count in found if count >= share * total)


def _replayed(system: Distributed) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.replaying", "100000"],
        env=system.environment, cwd=system.folder, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found
