"""One schedule: what is sent, fetched, delivered, held up and broken, step by step, as a seed says.

After some unrest comes calm: nothing breaks any more, everybody is let go on, and all must come to its end.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Final
from unittest.mock import patch

from streams import faust_app, partitions
from tests.simulation.checks import at_the_end
from tests.simulation.fibers import Clock, SimulatedEvent, Threading
from tests.simulation.group import Outcome
from tests.simulation.keeper import Keeper
from tests.simulation.processes import at_once
from tests.simulation.unrest import Unrest

STALLED: Final = partitions.STALLED + 1
PATIENCE: Final = 12
"""How often the watchdog may have to help before a schedule counts as stuck."""


class Schedule(Unrest):
    """`run` it once."""

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
                worker.lose(0, len(worker.buffer))
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
        """When nothing waits, no watchdog may bark, unless another has done what its worker lost."""
        for _ in range(2):
            self.clock.now += STALLED
            if any(worker.work.stalled() and not worker.lost for worker in self.workers):
                self.watcher.say("a worker counts as stalled although nothing waits")
                return


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
