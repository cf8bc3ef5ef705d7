"""One schedule: what is sent, fetched, delivered, held up and broken, step by step, as a seed says.

After some unrest comes calm: nothing breaks any more, everybody is let go on, and all must come to its end.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from streams import faust_app, partitions
from tests.simulation.checks import Watcher, at_the_end
from tests.simulation.fibers import Clock, Fiber, SimulatedEvent, Threading
from tests.simulation.keeper import Keeper
from tests.simulation.log import Log
from tests.simulation.processes import Message, Process, at_once
from tests.simulation.statements import STATEMENTS
from tests.simulation.store import Server
from tests.simulation.worlds import story

PRIME: Final = 1_000_003
STALLED: Final = partitions.STALLED + 1
PATIENCE: Final = 12
"""How often the watchdog may have to help before a schedule counts as stuck."""
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


class Schedule:
    """`run` it once."""

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

    def run(self) -> Outcome:
        SimulatedEvent.waited = self._waited
        partitions.time.clock = self.clock  # type: ignore[attr-defined]
        try:
            self._unrest()
            if not self.watcher.wrong:
                self._settle()
            if not self.watcher.wrong:
                at_the_end(self.watcher, self.server, self.log, self.story)
                self._nobody_stalls()
        finally:
            for worker in self.workers:
                worker.die()
                worker.reap()
        return self.outcome

    def _say(self, text: str, *values: object) -> None:
        if self._told:
            self.outcome.steps.append(text.format(*values))

    # What may happen, each answering whether it could.

    def _unrest(self) -> None:
        chance = self.chance
        moves = chance.choices(_MOVES, _WEIGHTS, k=chance.randint(60, 160))
        for move in moves:
            self._tick()
            move(self)
            if self.watcher.wrong:
                return

    def _tick(self) -> None:
        if self._away:
            self._waited(0)
        for worker in self.workers:
            if worker.frozen:
                worker.frozen -= 1

    def _waited(self, seconds: float) -> None:
        self.clock.now += seconds
        if self.server.away:
            self._away = self._away - 1 if self._away else self.chance.randint(1, 8)
            self.server.away = self._away > 0

    def _send(self) -> bool:
        log, chance = self.log, self.chance
        for _ in range(chance.randint(1, 6)):
            if self._to_send:
                log.send(self._to_send.pop())
        while log.on_the_way and chance.random() < 0.8:
            log.arrived(chance.choice(log.on_the_way))
        return True

    def _fetch(self) -> bool:
        ready = [one for one in self.workers if self._is_up(one) and one.wanted is None and one.next]
        if not ready:
            return False
        worker = self.chance.choice(ready)
        partition = self.chance.choice(list(worker.next))
        return self._fetched(worker, partition, self.chance.randint(1, 8))

    def _fetched(self, worker: Process, partition: int, most: int) -> bool:
        records = self.log.read(partition, worker.next[partition], most)
        if not records:
            return False
        worker.buffer.extend(map(Message, records))
        worker.next[partition] = records[-1].position + 1
        return True

    def _deliver(self) -> bool:
        ready = [one for one in self.workers if self._is_up(one) and one.buffer and not one.taking]
        if not ready:
            return False
        worker = self.chance.choice(ready)
        size = self.chance.randint(1, len(worker.buffer))
        batch, worker.buffer = worker.buffer[:size], worker.buffer[size:]
        self._say("{} takes {}", worker, batch)
        self.outcome.batches += 1
        worker.taking = Fiber(worker.take(batch))
        self._go_on(worker, worker.taking, True)
        return True

    def _assign(self) -> bool:
        for worker in self.workers:
            if worker.wanted is not None and not worker.assigning and self._is_up(worker):
                self._say("{} begins with partitions {}", worker, worker.wanted)
                worker.assigning = Fiber(worker.assign())
                self._go_on(worker, worker.assigning, True)
                return True
        return False

    def _resume(self) -> bool:
        ready = [
            (worker, fiber)
            for worker in self.workers
            if not worker.frozen
            for fiber in worker.fibers
            if fiber.runnable()
        ]
        if not ready:
            return False
        worker, fiber = self.chance.choice(ready)
        self._say("{} goes on", worker)
        self._go_on(worker, fiber, False)
        return True

    def _swallow(self) -> bool:
        """Something of what was prefetched is acknowledged, and gone: as after a failure in the shell."""
        ready = [one for one in self.workers if self._is_up(one) and one.buffer]
        if not ready:
            return False
        worker = self.chance.choice(ready)
        start = self.chance.choice((0, self.chance.randrange(len(worker.buffer))))
        end = self.chance.choice((start + 1, self.chance.randint(start + 1, len(worker.buffer))))
        self._say("{} swallows {}", worker, worker.buffer[start:end])
        worker.let_go(worker.buffer[start:end])
        del worker.buffer[start:end]
        return True

    def _copy(self) -> bool:
        """A message comes twice in what is prefetched, now and then in the place of another."""
        ready = [one for one in self.workers if self._is_up(one) and one.buffer]
        if not ready:
            return False
        buffer = self.chance.choice(ready).buffer
        place = self.chance.randrange(len(buffer))
        taken = self.chance.randint(0, 1)
        buffer[place : place + taken] = [self.chance.choice(buffer)]
        return True

    def _repeat(self) -> bool:
        """The consumer begins again at an older offset."""
        ready = [one for one in self.workers if self._is_up(one) and one.next]
        if not ready:
            return False
        worker = self.chance.choice(ready)
        partition = self.chance.choice(list(worker.next))
        worker.next[partition] = self.chance.randint(0, worker.next[partition])
        self._say("{} fetches partition {} from {} again", worker, partition, worker.next[partition])
        return True

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

    def _double(self) -> bool:
        """Two workers believe that a partition is theirs."""
        worker, partition = self.chance.choice(self.workers), self.chance.randrange(self.partitions)
        if not self._is_up(worker) or partition in worker.next or self._begins(worker):
            return False
        worker.wanted, worker.astray = sorted({*worker.next, partition}), True
        self._say("{} gets partition {} too", worker, partition)
        return True

    def _kill(self) -> bool:
        worker = self.chance.choice(self.workers)
        if worker.ended:
            return False
        self._say("{} is killed", worker)
        worker.die()
        self._bury(worker)
        return True

    def _stop(self) -> bool:
        """Asked to end: it finishes the transaction at hand, acknowledges everything, and goes."""
        worker = self.chance.choice(self.workers)
        if not self._is_up(worker):
            return False
        self._say("{} is stopped", worker)
        worker.work.stop()
        worker.stopping = True
        self._after(worker)
        return True

    def _freeze(self) -> bool:
        """The group thinks it dead; it does not know, and what it holds it holds."""
        worker = self.chance.choice(self.workers)
        if not self._is_up(worker):
            return False
        worker.frozen = self.chance.randint(3, 30)
        worker.astray = True
        self._say("{} freezes", worker)
        return self._rebalance()

    def _end_session(self) -> bool:
        if not self.server.sessions:
            return False
        self.chance.choice(self.server.sessions).close()
        self._say("the server ends a session")
        return True

    def _outage(self) -> bool:
        self._say("the server goes away")
        self.server.stop()
        return True

    def _restart(self) -> bool:
        for place, worker in enumerate(self.workers):
            if worker.ended:
                self._say("{} starts again", worker)
                self.outcome.restarts += 1
                self.workers[place] = self._new(worker.number)
                self._rebalance()
                return True
        return False

    # How work goes on.

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

    # Calm.

    def _settle(self) -> None:
        self._say("calm")
        self._calm_down()
        for _ in range(PATIENCE):
            while not self.watcher.wrong and self._goes_on():
                self._turn += 1
                if self._turn > 5000:
                    self.watcher.say("it goes on for ever")
            if self.watcher.wrong or self._is_done():
                return
            if not self._watchdog():
                break
        self.watcher.say("it is stuck: nobody goes on, and records wait")

    def _calm_down(self) -> None:
        self._calm = True
        self.server.away, self._away = False, 0
        while self._to_send:
            self.log.send(self._to_send.pop())
        self.log.on_the_way.clear()
        for worker in self.workers:
            worker.frozen, worker.faults.calm, worker.faults.left = 0, True, -1
        if any(worker.astray for worker in self.workers):
            self._rebalance()

    def _goes_on(self) -> bool:
        if self._resume() or self._restart() or self._assign():
            return True
        if self._last_is_swallowed:
            self._last_is_swallowed = not self._swallow_all()
        return self._deliver() or self._fetch_any()

    def _swallow_all(self) -> bool:
        """The end of a partition is acknowledged, and gone: nothing behind it will show the gap."""
        ends = self.log.ends()
        for worker in self.workers:
            if any(message.offset + 1 == ends[message.partition] for message in worker.buffer):
                self._say("{} swallows {}", worker, worker.buffer)
                worker.let_go(worker.buffer)
                worker.buffer = []
                return True
        return False

    def _fetch_any(self) -> bool:
        return any(
            self._fetched(worker, partition, self.chance.randint(1, 12))
            for worker in self.workers
            if self._is_up(worker) and worker.wanted is None
            for partition in list(worker.next)
        )

    def _is_done(self) -> bool:
        rows, ends = self.server.rows, self.log.ends()
        found = (rows.get(("checkpoint", Keeper.name, partition)) for partition in range(self.partitions))
        return [one.next if one else 0 for one in found] == list(ends.values())

    def _watchdog(self) -> bool:
        self.clock.now += STALLED
        stalled = [worker for worker in self.workers if worker.work.stalled()]
        for worker in stalled:
            self._say("{} is found stalled", worker)
            worker.die()
        return bool(stalled)

    def _nobody_stalls(self) -> None:
        """When nothing waits, no watchdog may bark."""
        for _ in range(2):
            self.clock.now += STALLED
            if any(worker.work.stalled() for worker in self.workers):
                self.watcher.say("a worker counts as stalled although nothing waits")
                return


_CHANCES: Final[dict[Callable[[Schedule], bool], float]] = {
    Schedule._send: 8,
    Schedule._fetch: 12,
    Schedule._deliver: 14,
    Schedule._resume: 12,
    Schedule._assign: 10,
    Schedule._restart: 5,
    Schedule._rebalance: 1.5,
    Schedule._swallow: 2.0,
    Schedule._repeat: 1.5,
    Schedule._copy: 2.0,
    Schedule._double: 2.0,
    Schedule._kill: 0.7,
    Schedule._stop: 0.5,
    Schedule._freeze: 0.7,
    Schedule._end_session: 0.7,
    Schedule._outage: 0.4,
}
_MOVES, _WEIGHTS = tuple(_CHANCES), tuple(_CHANCES.values())


@contextmanager
def simulated() -> Iterator[None]:
    """While this lasts the workers' time, locks and threads are made up."""
    time = SimpleNamespace(clock=Clock())
    time.monotonic = lambda: time.clock.monotonic()
    with ExitStack() as stack:
        stack.enter_context(patch.object(partitions, "time", time))
        stack.enter_context(patch.object(partitions, "threading", Threading))
        stack.enter_context(patch.object(faust_app, "asyncio", SimpleNamespace(to_thread=at_once)))
        yield
