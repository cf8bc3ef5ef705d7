"""Part (a): events accepted and visible per second through HTTP, beside `COPY` of the rows that they became."""

from statistics import median
from typing import Any

from tests.bench.copying import copied
from tests.bench.effort import Effort
from tests.bench.installation import Installation
from tests.bench.sizes import Sizes
from tests.bench.traffic import batches, posted
from tests.bench.workload import Workload


def measured(system: Installation, workload: Workload, sizes: Sizes) -> dict[str, Any]:
    """The workload must have been warmed up; every round adds to what is there."""
    rounds = [_round(system, workload, sizes.ingest) for _ in range(3)]
    middle = {name: round(median(one[name] for one in rounds), 3) for name in rounds[0]}
    return {"events_a_round": sizes.ingest, **middle, "rounds": rounds}


def _round(system: Installation, workload: Workload, events: int) -> dict[str, float]:
    bodies = batches(workload, events)
    effort = Effort(system)
    passage = posted(system, bodies, workload)
    spent = effort.each(events)
    end = int(passage.position.partition(".")[2]) + 1
    copy = copied(system, end - events, end)
    return {
        "events_per_s": round(passage.rate, 1),
        "accepted_per_s": round(passage.events / passage.accepted_s, 1),
        "copy_rows_per_s": round(copy.batched, 1),
        "copy_at_once_rows_per_s": round(copy.at_once, 1),
        "share_of_copy_percent": round(100 * passage.rate / copy.batched, 2),
        **spent,
        "megabytes_posted": round(sum(len(body) for body, _ in bodies) / 1e6, 1),
    }
