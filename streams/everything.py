"""Which processors run beside a command: in this process, in a child, as Faust workers, or somewhere else."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from klantbeeld.bootstrap import System
from streams.beside import beside
from streams.embedded import caught_up, embedded
from streams.workers import workers


class Running(Protocol):
    """What a command needs to know of the processors."""

    def halted(self) -> Sequence[str]: ...

    def positions(self) -> Mapping[int, int]: ...

    def catch_up(self, until: Mapping[int, int], timeout: float | None = None) -> bool: ...


class Elsewhere:
    """Processors that somebody else runs: `klantbeeld work` on a Kafka log."""

    def __init__(self, system: System) -> None:
        self._system = system

    def halted(self) -> Sequence[str]:
        return ()

    def positions(self) -> Mapping[int, int]:
        return self._system.reads.processed()

    def catch_up(self, until: Mapping[int, int], timeout: float | None = None) -> bool:
        return caught_up(self, self._system.moved, until, timeout)


def for_demo(system: System) -> AbstractContextManager[Running]:
    """All of them, whatever the mode: a demo is whole by itself."""
    return workers(system) if system.settings.kafka_bootstrap else embedded(system)


@contextmanager
def for_serving(system: System) -> Iterator[Running]:
    """Those that belong beside a command on these settings."""
    if system.settings.kafka_bootstrap:
        yield Elsewhere(system)
    else:
        with beside(system) as runners:
            yield runners
