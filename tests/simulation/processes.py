"""A worker process as its consumer group sees it: what it was given, what it has fetched, and what it has in hand.

Faust in short: batches of any size out of a prefetched buffer; whatever was let go of is acknowledged, also when it
failed.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any

from klantbeeld.log.record import Record
from streams.ending import Ending
from streams.faust_app import _process
from streams.partitions import Partitions
from tests.simulation import statements
from tests.simulation.faults import Faults
from tests.simulation.fibers import Fiber, Killed
from tests.simulation.keeper import Keeper
from tests.simulation.log import Log
from tests.simulation.store import Server, Session


class Message:
    """A record as Faust delivers it: an event that holds its message, in one."""

    __slots__ = ("offset", "partition", "record")

    def __init__(self, record: Record) -> None:
        self.record, self.partition, self.offset = record, record.partition, record.position

    @property
    def message(self) -> "Message":
        return self

    def __repr__(self) -> str:
        return f"{self.partition}:{self.offset}"


class Process:
    """From its start to its end; a restart is another one with the same number."""

    def __init__(
        self,
        number: int,
        server: Server,
        log: Log,
        keeper: Keeper,
        chance: Random,
        acknowledged: dict[int, int],
    ) -> None:
        self.number, self._server, self._chance = number, server, chance
        self.faults = Faults(chance)
        self._acknowledged = acknowledged
        self.sessions: list[Session] = []
        database = SimpleNamespace(dedicated=self._connected, connection=self._for_a_moment)
        keys = SimpleNamespace(hold=lambda session: session.execute(statements.HOLD_ERASURE))
        system: Any = SimpleNamespace(log=log, database=database, keys=keys)
        measures: Any = SimpleNamespace(batch=lambda *_: None, records=lambda *_: None)
        self.work = Partitions(system, keeper, _record, measures)
        self.next: dict[int, int] = {}
        """Where it will fetch next, for each partition that it believes its own."""
        self.wanted: list[int] | None = None
        """What the group gives it, when it has not taken that in yet."""
        self.buffer: list[Message] = []
        self.in_hand: list[Message] = []
        self.taking: Fiber | None = None
        self.assigning: Fiber | None = None
        self.frozen = 0
        self.stopping = self.ended = self.astray = False
        self.ending: Ending | None = None
        self.gap_was_real, self.lost = True, False
        self._before: dict[int, int] = {}

    def __repr__(self) -> str:
        return f"worker {self.number}"

    @property
    def fibers(self) -> list[Fiber]:
        return [fiber for fiber in (self.taking, self.assigning) if fiber is not None]

    def take(self, batch: list[Message]) -> Callable[[], None]:
        """The work of processing a batch."""
        self.in_hand, self._before = batch, self._positions()

        def work() -> None:
            _driven(_process(self.work, [], batch, self._end))  # type: ignore[arg-type]

        return work

    def assign(self) -> Callable[[], None]:
        """The work of beginning what the group gives: at the positions, as the shell's consumer does."""
        wanted, self.wanted = sorted(self.wanted or ()), None
        if self._chance.random() < 0.5:
            self.buffer = []

        def work() -> None:
            try:
                self.next = dict(self.work.positions(wanted))
            except Ending as ending:
                self._end(ending)

        return work

    def lose(self, start: int, end: int) -> None:
        """Some of what was prefetched is acknowledged, and gone."""
        self.let_go(self.buffer[start:end])
        del self.buffer[start:end]
        self.lost = True

    def let_go(self, messages: Sequence[Message]) -> None:
        """Faust acknowledges; nobody may rely on what that says."""
        for message in messages:
            offset = max(self._acknowledged.get(message.partition, 0), message.offset + 1)
            self._acknowledged[message.partition] = offset

    def die(self) -> None:
        """The kernel closes what it held; the server rolls back."""
        self.ended = True
        for session in self.sessions:
            session.close()

    def reap(self) -> None:
        """Let what stands still end. Not for its own fibers to call."""
        for fiber in self.fibers:
            fiber.kill()
        self.taking = self.assigning = None

    def _positions(self) -> dict[int, int]:
        rows = self._server.rows
        keys = (("checkpoint", Keeper.name, message.partition) for message in self.in_hand)
        return {key[2]: rows[key].next if key in rows else 0 for key in keys}

    def _lacks_something(self) -> bool:
        """Whether the batch at hand has a gap after the position; also when that has moved meanwhile."""
        positions = self._positions()
        given = {(message.partition, message.offset) for message in self.in_hand}
        needed = {(partition, at) for partition, end in given for at in range(positions[partition], end)}
        return positions != self._before or not needed <= given

    def _end(self, ending: Ending) -> None:
        self.ending = ending
        if ending.code == "gap_in_log":
            self.gap_was_real = self._lacks_something()
        self.die()
        raise Killed

    def _connected(self) -> Session:
        session = self._server.connect(self._interrupt)
        self.sessions = [one for one in self.sessions if not one.closed]
        self.sessions.append(session)
        return session

    @contextmanager
    def _for_a_moment(self) -> Iterator[Session]:
        session = self._connected()
        try:
            yield session
        finally:
            session.close()

    def _interrupt(self, session: Session, step: str) -> bool:
        faults = self.faults
        faults.left -= 1
        return False if faults.left else faults.strike(self, session, step, self._server)


def _record(message: Message) -> Record:
    return message.record


def _driven(work: Coroutine[Any, Any, None]) -> None:
    """Run what never really waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")


async def at_once(work: Callable[..., Any], *values: Any) -> Any:
    """Stands in for `asyncio.to_thread`."""
    return work(*values)
