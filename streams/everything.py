"""Which processors run beside a command: in this process, in a child, as Faust workers, or somewhere else."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from klantbeeld.bootstrap import System
from streams.beside import beside
from streams.embedded import embedded
from streams.running import Running
from streams.workers import workers


class Elsewhere(Running):
    """Processors that somebody else runs: `klantbeeld work` on a Kafka log."""

    def halted(self) -> Sequence[str]:
        return ()


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
