"""`make faults`: mixed faults on the real stack under load; the last line says what was lost and doubled.

Everything follows from the seed but the moments at which things happen.
"""

import argparse
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.faults.catalogue import drawn
from tests.faults.ground import PARTS, SEARCH_ENGINE
from tests.faults.report import table, written
from tests.faults.run import Plan, own_folder, own_ground, ran


def main(arguments: Sequence[str]) -> int:
    given = _given(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    parts = (*PARTS, SEARCH_ENGINE) if given.elasticsearch else PARTS
    print(f"seed {given.seed}: {given.faults} faults, at least {given.events:,} events", flush=True)
    plan = Plan(
        faults=drawn(given.faults, parts, given.seed, brief=given.brief),
        events=given.events,
        seed=given.seed,
        rate=given.rate,
        seconds=given.minutes * 60,
    )
    try:
        with own_folder() as folder, own_ground(folder, parts) as ground:
            outcome = ran(ground, folder, plan)
    except KeyboardInterrupt:
        print("stopped; everything is removed", file=sys.stderr)
        return 130
    found = table(outcome)
    print(found)
    if given.write and outcome.verdict.well:
        written(given.write, outcome)
    for problem in outcome.verdict.problems:
        print(f"problem: {problem}")
    print(outcome.verdict, flush=True)
    return int(not outcome.verdict.well)


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--rate", type=float, default=200.0, help="events a second (%(default)s)")
    parser.add_argument("--minutes", type=float, default=60.0, help="for the faults, at most (%(default)s)")
    parser.add_argument("--brief", action="store_true", help="without the faults that take long")
    parser.add_argument("--elasticsearch", action="store_true", help="search by Elasticsearch")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table in this page")
    return parser.parse_args(arguments)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
