"""`python -m tests.simulation`: schedules on demand; with `--schedule` one of them again, step by step."""

import argparse
import sys
import time
from collections.abc import Sequence
from random import SystemRandom

from tests.simulation.running import Report, run_beside, told


def main(arguments: Sequence[str]) -> int:
    given = _given(arguments)
    print(f"seed {given.seed}", flush=True)
    if given.schedule is not None:
        return _one(given.seed, given.schedule)
    return _many(given.seed, given.schedules, given.processes)


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--schedule", type=int, metavar="K", help="only this one, told step by step")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args(arguments)


def _one(seed: int, number: int) -> int:
    outcome = told(seed, number)
    print("\n".join(outcome.steps))
    print("\n".join(outcome.wrong) or "all is well")
    return 1 if outcome.wrong else 0


def _many(seed: int, schedules: int, processes: int) -> int:
    began, all_of_it = time.monotonic(), Report()
    for report in run_beside(seed, schedules, processes):
        all_of_it.merge(report)
        for number, wrong in report.failed:
            print(f"--seed {seed} --schedule {number}: {'; '.join(wrong)}", flush=True)
    print(summary(all_of_it, time.monotonic() - began))
    return 1 if all_of_it.failed else 0


def summary(report: Report, seconds: float) -> str:
    return (
        f"{report.schedules} schedules, {report.records} records, {report.batches} batches, "
        f"{report.restarts} restarts, {report.gaps} gaps, {seconds:.1f} s: {len(report.failed)} with violations"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
