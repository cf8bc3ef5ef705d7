"""Part (d): the log replayed into empty read models beside the live ones, in a process of its own, as `rebuild` does.

Run by itself (`python -m tests.bench.replaying`) it does that on the installation of the settings, without the swap,
and prints what it took as JSON.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from typing import Any

from klantbeeld.bootstrap import System, opened
from klantbeeld.settings import load
from projections import schema
from projections.rebuild import chase, tidy
from projections.replay import Replica
from streams.replayers import Replayers
from tests.bench.installation import Installation, environment
from tests.bench.memory import peak_of_a_child, peak_of_this_process

STEP = 100_000


def measured(system: Installation, step: int = STEP) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.replaying", str(step)],
        env=environment(system.folder), cwd=system.folder, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def replayed(system: System, step: int) -> dict[str, Any]:
    marks: list[tuple[int, float]] = [(0, time.perf_counter())]
    connection = system.database.dedicated(schema.NEXT)
    replica = Replica(
        connection, system.log, system.keys, system.processors(), schema.NEXT,
        lambda done, _: marks.append((done, time.perf_counter())), team=Replayers(system.settings),
    )  # fmt: skip
    try:
        replica.make()
        cpu = _cpu()
        events = chase(replica, system.database.read_schema)
        filled, cpu = time.perf_counter(), _cpu() - cpu
        replica.finish()
        finished = time.perf_counter()
    finally:
        tidy(replica, system.database.read_schema)
        connection.close()
    began = marks[0][1]
    return {
        "events": events,
        "events_per_s": round(events / (filled - began), 1),
        "with_indexes_and_search_events_per_s": round(events / (finished - began), 1),
        "cpu_us_an_event": round(cpu / max(events, 1) * 1e6, 1),
        "timeline_s": round(filled - began, 2),
        "indexes_and_search_s": round(finished - filled, 2),
        "steps_events_per_s": _steps(marks, step),
        "processes": replica.team.size if replica.team else 1,
        "peak_mib": max(peak_of_this_process(), peak_of_a_child()),
    }


def _cpu() -> float:
    """Seconds of processor time of this process, and of those it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _steps(marks: list[tuple[int, float]], step: int) -> list[float]:
    """The rate of each `step` events in a row."""
    rates, last = [], marks[0]
    for done, moment in marks:
        if done - last[0] >= step:
            rates.append(round((done - last[0]) / (moment - last[1]), 1))
            last = (done, moment)
    return rates


def main() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with opened(load(), pool=4) as system:
        print(json.dumps(replayed(system, int(sys.argv[1]))))


if __name__ == "__main__":
    main()
