"""`make faults`: mixed faults on the real stack under load; the last line says what was lost and doubled.

Everything follows from the seed but the moments at which things happen.
"""

import argparse
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from tests.faults import disks
from tests.faults.catalogue import ON_SMALL_DISKS, drawn
from tests.faults.ground import PARTS, SEARCH_ENGINE
from tests.faults.report import table, written
from tests.faults.run import Outcome, Plan, own_folder, own_ground, ran, small_ground


def main(arguments: Sequence[str]) -> int:
    given = _given(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    print(f"seed {given.seed}: {given.faults} faults, at least {given.events:,} events", flush=True)
    try:
        outcome = _ran(given)
    except KeyboardInterrupt:
        print("stopped; everything is removed", file=sys.stderr)
        return 130
    print(table(outcome))
    if given.write and outcome.verdict.well:
        written(given.write, outcome)
    for problem in outcome.verdict.problems:
        print(f"problem: {problem}")
    print(outcome.verdict, flush=True)
    return int(not outcome.verdict.well)


def _ran(given: argparse.Namespace) -> Outcome:
    """First on small disks, then, on a stack as it should be, everything else."""
    parts = (*PARTS, SEARCH_ENGINE) if given.elasticsearch else PARTS
    small = [] if given.brief or disks.cannot() else ON_SMALL_DISKS
    plan = Plan(
        faults=drawn(given.faults - len(small), parts, given.seed, brief=given.brief),
        events=given.events,
        seed=given.seed,
        rate=given.rate,
        seconds=given.minutes * 60,
    )
    found = Outcome(plan)
    if small:
        with own_folder(given.dir) as folder, small_ground(folder) as ground:
            on_small = replace(plan, faults=small, events=0, rate=min(plan.rate, 50.0))
            found.add(ran(ground, folder, on_small))
    elif not given.brief:
        found.not_run.append(f"a full disk ({disks.cannot()})")
    with own_folder(given.dir) as folder, own_ground(folder, parts) as ground:
        found.add(ran(ground, folder, plan))
    return found


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--rate", type=float, default=100.0, help="events a second (%(default)s)")
    parser.add_argument("--minutes", type=float, default=60.0, help="for the faults, at most (%(default)s)")
    parser.add_argument("--brief", action="store_true", help="without the faults that take long")
    parser.add_argument(
        "--no-elasticsearch", dest="elasticsearch", action="store_false", help="search by PostgreSQL"
    )
    parser.add_argument(
        "--dir", type=Path, help="where to work, removed at the end (a new folder in /var/tmp)"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table in this page")
    return parser.parse_args(arguments)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
