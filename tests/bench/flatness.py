"""Whether an event costs as much after a million others as after a hundred thousand: in time, and in memory.

On an installation of its own, so that the first events are the first. The first step warms up; it is shown, not judged.
"""

from typing import Any

from tests.bench import replaying
from tests.bench.installation import Installation
from tests.bench.sizes import Sizes
from tests.bench.traffic import PART, batches, posted
from tests.bench.workload import GrowingWorkload


def measured(system: Installation, sizes: Sizes) -> dict[str, Any]:
    workload = GrowingWorkload("f")
    rates, memory = [], []
    for done in range(0, sizes.flat, sizes.flat_step):
        rates.append(_step(system, workload, sizes.flat_step))
        memory.append({"events": done + sizes.flat_step, **system.memory.now()})
    replay = replaying.measured(system, sizes.flat_step)
    steps = replay["steps_events_per_s"]
    return {
        "events": sizes.flat,
        "step": sizes.flat_step,
        "ingest_events_per_s": rates,
        "ingest_last_to_first": round(rates[-1] / rates[1], 3),
        "replay": replay,
        "replay_last_to_first": round(steps[-1] / steps[1], 3),
        "memory_mib": memory,
        "memory_last_to_first": {
            name: round(memory[-1][name] / memory[0][name], 3) for name in ("serve", "processors")
        },
    }


def _step(system: Installation, workload: GrowingWorkload, events: int) -> float:
    """Events a second through HTTP until visible, in parts, so that the sender's memory stays small."""
    part = min(PART, events)
    took = sum(posted(system, batches(workload, part), workload).visible_s for _ in range(events // part))
    return round(events / took, 1)
