"""The workers of a schedule and their group: who is there, who gets which partition, how their work goes on and ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.simulation.checks import Watcher
from tests.simulation.fibers import Clock, Fiber
from tests.simulation.keeper import Keeper
from tests.simulation.log import Log
from tests.simulation.processes import Process
from tests.simulation.statements import STATEMENTS
from tests.simulation.store import Server
from tests.simulation.worlds import story

PRIME: Final = 1_000_003
HEALING: Final = frozenset({"gap_in_log", "stopped", "worker_stalled"})
"""Why a worker may end so that another begins anew."""
PLANTED: Final = frozenset({"LookupError", "UniqueViolation"})
"""What the faults make it fail of."""


@dataclass(slots=True)
class Outcome:
    """What a schedule came to. `wrong` is empty when all is well; `steps` is filled when they were asked for."""

    wrong: list[str]
    steps: list[str] = field(default_factory=list)
    records: int = 0
    batches: int = 0
    restarts: int = 0
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What a schedule is made of; a test may put something worse in its place."""

    log: Callable[[int], Log] = Log
    keeper: Callable[[Any], Keeper] = Keeper


AS_IT_IS: Final = Parts()


class Group:
    """All that a schedule has, and no plan of what happens next."""

    def __init__(self, seed: int, number: int, parts: Parts = AS_IT_IS, told: bool = False) -> None:
        self.chance = chance = Random(seed * PRIME + number)
        self.clock = Clock()
        self.watcher = Watcher()
        self.server = Server(STATEMENTS, self.watcher.committed)
        self.watcher.rows = self.server.rows
        self.partitions = chance.randint(1, 3)
        self.story = story(chance, self.partitions)
        self.log = parts.log(self.partitions)
        self._to_send = list(reversed(self.story.sent))
        self._parts, self._told = parts, told
        self._acknowledged: dict[int, int] = {}
        self._last_is_swallowed = chance.random() < 0.1
        self._away = 0
        self._turn = 0
        self.outcome = Outcome(self.watcher.wrong, records=len(self.story.sent))
        self._calm = False
        self.workers = [self._new(number) for number in range(chance.randint(1, 3))]
        self._rebalance()

    def _say(self, text: str, *values: object) -> None:
        if self._told:
            self.outcome.steps.append(text.format(*values))

    def _waited(self, seconds: float) -> None:
        self.clock.now += seconds
        if self.server.away:
            self._away = self._away - 1 if self._away else self.chance.randint(1, 8)
            self.server.away = self._away > 0

    def _rebalance(self) -> bool:
        members = [one for one in self.workers if self._is_up(one)]
        if not members:
            return False
        self.chance.shuffle(members)
        for worker in members:
            worker.wanted, worker.astray = [], False
        for partition in range(self.partitions):
            members[partition % len(members)].wanted.append(partition)  # type: ignore[union-attr]
        self._say("rebalance: {}", {repr(one): one.wanted for one in members})
        return True

    def _new(self, number: int) -> Process:
        keeper = self._parts.keeper(self.story.events)
        worker = Process(number, self.server, self.log, keeper, self.chance, self._acknowledged)
        worker.faults.calm = self._calm
        return worker

    @staticmethod
    def _begins(worker: Process) -> bool:
        return worker.wanted is not None or worker.assigning is not None

    @staticmethod
    def _is_up(worker: Process) -> bool:
        return not (worker.ended or worker.frozen or worker.stopping)

    def _go_on(self, worker: Process, fiber: Fiber, is_new: bool) -> None:
        if is_new:
            worker.faults.plan()
        if is_new and not worker.faults.holds_up() and self._nobody_stands_still(fiber):
            fiber.run()
            if fiber.failure is not None:
                raise fiber.failure
        else:
            fiber.go()
        if worker.faults.struck:
            self._say("    {}: {}", worker, worker.faults.struck)
            worker.faults.struck = None
            if worker.frozen and not worker.astray:
                worker.astray = True
                self._rebalance()
        self._after(worker)

    def _nobody_stands_still(self, new: Fiber) -> bool:
        return all(fiber is new for worker in self.workers for fiber in worker.fibers)

    def _after(self, worker: Process) -> None:
        if worker.ended:
            self._bury(worker)
            return
        if worker.taking and worker.taking.done:
            worker.taking = None
            worker.let_go(worker.in_hand)
        if worker.assigning and worker.assigning.done:
            worker.assigning = None
        if worker.stopping and not worker.fibers:
            worker.die()

    def _bury(self, worker: Process) -> None:
        worker.reap()
        ending, worker.ending = worker.ending, None
        if ending is None:
            return
        self._say("{} ends: {} {}", worker, ending.code, ending.cause)
        self.outcome.gaps += ending.code == "gap_in_log"
        if ending.code == "gap_in_log" and not worker.gap_was_real:
            self.watcher.say("a worker ended for a gap although nothing was missing")
        if ending.code not in HEALING and ending.cause not in PLANTED:
            self.watcher.say(f"a worker ended: {ending.code} {ending.cause}")
