"""Many schedules, one after another or beside each other in several processes."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.simulation.group import AS_IT_IS, Outcome, Parts
from tests.simulation.schedule import Schedule, simulated

CHUNK = 500


@dataclass(slots=True)
class Report:
    """What came of many schedules. `failed`: number and faults of those with a violation."""

    schedules: int = 0
    records: int = 0
    batches: int = 0
    restarts: int = 0
    gaps: int = 0
    failed: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, number: int, outcome: Outcome) -> None:
        self.schedules += 1
        self.records += outcome.records
        self.batches += outcome.batches
        self.restarts += outcome.restarts
        self.gaps += outcome.gaps
        if outcome.wrong:
            self.failed.append((number, outcome.wrong))

    def merge(self, other: "Report") -> None:
        self.schedules += other.schedules
        self.records += other.records
        self.batches += other.batches
        self.restarts += other.restarts
        self.gaps += other.gaps
        self.failed += other.failed


def run(seed: int, numbers: Sequence[int], parts: Parts = AS_IT_IS) -> Report:
    """These schedules, in this process."""
    report = Report()
    with simulated(), quiet():
        for number in numbers:
            report.add(number, Schedule(seed, number, parts).run())
    return report


def first_failure(seed: int, most: int, parts: Parts = AS_IT_IS) -> tuple[int, list[str]] | None:
    """The first of so many schedules in which something is wrong."""
    with simulated(), quiet():
        for number in range(most):
            outcome = Schedule(seed, number, parts).run()
            if outcome.wrong:
                return number, outcome.wrong
    return None


def told(seed: int, number: int) -> Outcome:
    """One schedule with all its steps."""
    with simulated(), quiet():
        return Schedule(seed, number, told=True).run()


def run_beside(seed: int, schedules: int, processes: int) -> Iterator[Report]:
    """So many schedules over several processes; a report now and then."""
    chunks = [range(start, min(start + CHUNK, schedules)) for start in range(0, schedules, CHUNK)]
    if processes == 1:
        yield from (run(seed, chunk) for chunk in chunks)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(run, [seed] * len(chunks), chunks)


@contextmanager
def quiet() -> Iterator[None]:
    """Nobody reads what thousands of made-up faults write to the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
