"""Processors at work, wherever they run: in this process, in a child, as Faust workers, or somewhere else."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Final

from klantbeeld.bootstrap import System

_POLL: Final = 0.05


class LineHalted(Exception):
    """A processor has stopped its line, so the read models will not catch up. The log says why."""

    code = "line_halted"


class Running(ABC):
    """All processors of one system, as a command sees them."""

    def __init__(self, system: System) -> None:
        self._system = system

    @abstractmethod
    def halted(self) -> Sequence[str]:
        """One line for each that may not go on; those that wait for a dependency are not among them."""

    def positions(self) -> Mapping[int, int]:
        """For each partition the position up to which all processors have come: as the read models say."""
        return self._system.reads.processed()

    def missing(self, until: Mapping[int, int]) -> int:
        """How many records below `until` have not been processed yet."""
        now = self.positions()
        return sum(max(end - now.get(partition, 0), 0) for partition, end in until.items())

    def catch_up(self, until: Mapping[int, int], timeout: float | None = None) -> bool:
        """Wait until everything below `until` has been processed; False when it took longer. Raises `LineHalted`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.missing(until):
            if halted := self.halted():
                raise LineHalted(", ".join(halted))
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._system.moved.wait(self._system.moved.count, _POLL)
        return True
