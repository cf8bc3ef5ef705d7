"""All runners of one system, as one: started together, stopped together, asked together how they fare."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from klantbeeld.bootstrap import System
from streams.runner import Runner
from streams.running import Running

STOPPING_TAKES_AT_MOST: Final = 15.0


class Embedded(Running):
    """A runner for each processor of a system. It may be started once."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
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


@contextmanager
def embedded(system: System) -> Iterator[Embedded]:
    """The runners at work for as long as the block lasts."""
    runners = Embedded(system)
    runners.start()
    try:
        yield runners
    finally:
        runners.stop()
