"""`make bench`: what the system does in a second, measured on one machine in one run, as a table and as JSON.

Everything goes through a real `klantbeeld serve` and its HTTP, on data folders that are removed at the end.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench import facts, flatness, identity, ingesting, reading, replaying, singles
from tests.bench.distributed import away, working
from tests.bench.distributed import singles as events_one_by_one
from tests.bench.distributed.installation import distributed
from tests.bench.installation import Installation, installation
from tests.bench.report import table
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.traffic import poured
from tests.bench.workload import Workload

BESIDE_EACH_OTHER = ("a", "b", "c", "d")
PARTS = (*BESIDE_EACH_OTHER, "flat", "i", "k", "l", "m")
"""(k), (l) and (m) need the programs of the local stack."""


def main(arguments: Sequence[str]) -> int:
    given = _given(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sizes = QUICK if given.quick else FULL
    results: dict[str, Any] = {"quick": given.quick, "around": {}}
    try:
        results["machine"] = facts.machine()
        _say(f"20 million additions: {results['machine']['twenty_million_additions_s']} s")
        _run(given.only, sizes, results)
    except KeyboardInterrupt:
        _say("stopped; everything is removed")
        return 130
    finally:
        if given.json:
            given.json.write_text(json.dumps(results, indent=2) + "\n")
        print(table(results), flush=True)
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: to see that it works, not to judge by"
    )
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="a,b,…", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return parser.parse_args(arguments)


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part for part in PARTS if part in text.split(","))
    if not parts or set(text.split(",")) - set(PARTS):
        raise argparse.ArgumentTypeError(f"must be some of {','.join(PARTS)}")
    return parts


def _run(parts: Sequence[str], sizes: Sizes, results: dict[str, Any]) -> None:
    if any(part in parts for part in BESIDE_EACH_OTHER):
        with installation() as system:
            results["machine"]["postgresql"] = facts.postgresql(system)
            _on_one(system, parts, sizes, results)
            results["memory"] = system.memory.peaks()
    if "flat" in parts:
        with installation() as system:
            _part(results, "flat", lambda: flatness.measured(system, sizes))
            results["flat_memory"] = system.memory.peaks()
    if "i" in parts:
        _part(results, "i", lambda: identity.measured(sizes))

    if {"k", "l", "m"} & set(parts):
        with distributed() as stack:
            if "k" in parts:
                _part(results, "k", lambda: working.measured(stack, sizes.customers, sizes.topic))
            if "l" in parts:
                _part(
                    results,
                    "l",
                    lambda: events_one_by_one.measured(stack, sizes.customers, sizes.singles_seconds),
                )
            if "m" in parts:
                _part(results, "m", lambda: away.measured(stack, sizes.customers, sizes.away_seconds))


def _on_one(system: Installation, parts: Sequence[str], sizes: Sizes, results: dict[str, Any]) -> None:
    base = Workload(sizes.customers)
    _say(f"{sizes.base:,} events of {sizes.customers:,} customers first")
    poured(system, base, sizes.base)
    made: dict[str, Callable[[], Any]] = {
        "a": lambda: ingesting.measured(system, base, sizes),
        "b": lambda: singles.measured(system, base, sizes),
        "c": lambda: reading.measured(system, base, sizes.customers, sizes),
        "d": lambda: replaying.measured(system),
    }
    for part in parts:
        if part in made:
            _part(results, part, made[part])


def _part(results: dict[str, Any], part: str, measure: Callable[[], Any]) -> None:
    began = time.monotonic()
    before = facts.calibration(), facts.load()
    results[part] = measure()
    results["around"][part] = {
        "twenty_million_additions_s": [before[0], facts.calibration()],
        "load": [before[1], facts.load()],
    }
    _say(f"({part}) took {time.monotonic() - began:.0f} s, {results['around'][part]}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
