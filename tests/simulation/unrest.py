"""What may happen at any moment of a schedule, and how likely it is. Each move answers whether it could be made."""

from collections.abc import Callable
from typing import Final

from tests.simulation.fibers import Fiber
from tests.simulation.group import Group
from tests.simulation.processes import Message, Process


class Unrest(Group):
    """A group to which things happen."""

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
        wanted = self.chance.sample(list(worker.next), self.chance.randint(1, len(worker.next)))
        fetched = [self._fetched(worker, partition, self.chance.randint(1, 8)) for partition in wanted]
        return True in fetched

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
        size = self.chance.choice((len(worker.buffer), self.chance.randint(1, len(worker.buffer))))
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
        worker.lose(start, end)
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


_CHANCES: Final[dict[Callable[[Unrest], bool], float]] = {
    Unrest._send: 8,
    Unrest._fetch: 12,
    Unrest._deliver: 14,
    Unrest._resume: 12,
    Unrest._assign: 10,
    Unrest._restart: 5,
    Unrest._rebalance: 1.5,
    Unrest._swallow: 2.0,
    Unrest._repeat: 1.5,
    Unrest._copy: 2.0,
    Unrest._double: 2.0,
    Unrest._kill: 0.7,
    Unrest._stop: 0.5,
    Unrest._freeze: 0.7,
    Unrest._end_session: 0.7,
    Unrest._outage: 0.4,
}
_MOVES, _WEIGHTS = tuple(_CHANCES), tuple(_CHANCES.values())
