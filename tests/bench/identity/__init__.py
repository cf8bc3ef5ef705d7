"""Part (i): what it costs to know who is who.

Identity's share of a replay; one new piece of evidence about a component of 50, 500 and 5,000 identifiers; the cost of an
event among ever more customers; two customers with long histories made one and two again.
"""

import json
import subprocess
import sys
from typing import Any

from tests.bench.identity import merging
from tests.bench.identity.rich import RichWorkload
from tests.bench.installation import Installation, environment, installation
from tests.bench.sizes import Sizes
from tests.bench.traffic import poured
from tests.bench.workload import Workload


def measured(sizes: Sizes) -> dict[str, Any]:
    """On two installations of its own, so that each replay is of one kind of traffic."""
    with installation() as system:
        poured(system, Workload(sizes.customers), sizes.base)
        usual = _apart(system, "share")
        components = _apart(system, "components", *map(str, sizes.components))
        growth = _apart(system, "growth", str(sizes.slice), *map(str, sizes.people))
    with installation() as system:
        poured(system, RichWorkload("r"), sizes.base)
        rich = _apart(system, "share")
        merged = merging.measured(system, sizes.merged)
    return {"usual": usual, "rich": rich, "components": components, "growth": growth, "merging": merged}


def _apart(system: Installation, module: str, *words: str) -> Any:
    """In a process of its own on that installation, which prints its results as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.identity.{module}", *words],
        env=environment(system.folder), cwd=system.folder, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
