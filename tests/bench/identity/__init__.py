"""Part (i): what it costs to know who is who.

Identity's share of a replay; one new piece of evidence about a component of 50, 500 and 5,000 identifiers; the cost of an
event among ever more customers; two customers with long histories made one and two again.
"""

import json
import subprocess
import sys
from statistics import median
from typing import Any

from tests.bench.effort import Effort
from tests.bench.identity import merging
from tests.bench.identity.rich import RichWorkload
from tests.bench.installation import Installation, environment, installation
from tests.bench.sizes import Sizes
from tests.bench.traffic import poured
from tests.bench.workload import Workload


def measured(sizes: Sizes) -> dict[str, Any]:
    """On two installations of its own, so that each replay is of one kind of traffic."""
    with installation() as system:
        usual = _shared(system, Workload(sizes.customers), sizes.base)
        components = _apart(system, "components", *map(str, sizes.components))
        growth = _apart(system, "growth", str(sizes.slice), *map(str, sizes.people))
    with installation() as system:
        rich = _shared(system, RichWorkload("r"), sizes.base)
        merged = merging.measured(system, sizes.merged)
    return {"usual": usual, "rich": rich, "components": components, "growth": growth, "merging": merged}


def _shared(system: Installation, workload: Workload, events: int) -> dict[str, Any]:
    """Beside the replays what an event of the same traffic costs from its arrival until all has been processed."""
    effort = Effort(system)
    poured(system, workload, events)
    spent = effort.spent()
    whole = sum(seconds for name, seconds in spent.items() if name != "bench") / events * 1e6
    found: dict[str, Any] = _apart(system, "share")
    cost = median(one["with"]["cpu_us"] - one["without"]["cpu_us"] for one in found["rounds"])
    return {**found, "ingest_cpu_us": round(whole, 1), "ingest_cost": round(cost / whole, 4)}


def _apart(system: Installation, module: str, *words: str) -> Any:
    """In a process of its own on that installation, which prints its results as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.identity.{module}", *words],
        env=environment(system.folder), cwd=system.folder, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
