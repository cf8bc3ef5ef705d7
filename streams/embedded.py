"""All runners of one system, as one: started together, stopped together, asked together how they fare."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from klantbeeld.bootstrap import System
from klantbeeld.signal import Signal
from streams.runner import Runner

STOPPING_TAKES_AT_MOST: Final = 15.0
_POLL: Final = 0.05


class LineHalted(Exception):
    """A processor has stopped its line, so the read models will not catch up. The log says why."""

    code = "line_halted"


class Progressing(Protocol):
    """Runners, wherever they run."""

    def halted(self) -> Sequence[str]: ...

    def positions(self) -> Mapping[int, int]: ...


def missing(runners: Progressing, until: Mapping[int, int]) -> int:
    """How many records below `until` have not been processed yet."""
    now = runners.positions()
    return sum(max(end - now.get(partition, 0), 0) for partition, end in until.items())


def caught_up(runners: Progressing, moved: Signal, until: Mapping[int, int], timeout: float | None) -> bool:
    """Wait until everything below `until` has been processed; False when it took longer. Raises `LineHalted`."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while missing(runners, until):
        if halted := runners.halted():
            raise LineHalted(", ".join(halted))
        if deadline is not None and time.monotonic() > deadline:
            return False
        moved.wait(moved.count, _POLL)
    return True


class Embedded:
    """A runner for each processor of a system. It may be started once."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.runners = [Runner(system, processor) for processor in system.processors()]

    def start(self) -> None:
        for runner in self.runners:
            runner.start()

    def stop(self) -> None:
        """Tell all, then wait: each finishes the batch at hand."""
        for runner in self.runners:
            runner.stop(timeout=0)
        deadline = time.monotonic() + STOPPING_TAKES_AT_MOST
        for runner in self.runners:
            runner.stop(timeout=max(deadline - time.monotonic(), 0))

    def halted(self) -> list[str]:
        """`processor:timeline line_stopped` for each that stopped its line; those that wait for a database are not."""
        return [
            f"processor:{runner.processor.name} {runner.health.halted}"
            for runner in self.runners
            if runner.health.halted
        ]

    def positions(self) -> Mapping[int, int]:
        """Everything below has been processed by all, as far as this process knows."""
        return {0: min((runner.health.position for runner in self.runners), default=0)}

    def catch_up(self, until: Mapping[int, int], timeout: float | None = None) -> bool:
        """Wait until everything below `until` has been processed; False when it took longer. Raises `LineHalted`."""
        return caught_up(self, self._system.moved, until, timeout)


@contextmanager
def embedded(system: System) -> Iterator[Embedded]:
    """The runners at work for as long as the block lasts."""
    runners = Embedded(system)
    runners.start()
    try:
        yield runners
    finally:
        runners.stop()
