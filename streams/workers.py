"""All workers of a Kafka installation, as children of one command: for the demo, and for whoever has one machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from klantbeeld.bootstrap import System
from streams.running import Running
from streams.supervision import STOPPING_TAKES_AT_MOST, Supervisor

CHILD: Final = "klantbeeld.cli.worker"
NAMES: Final = ("timeline", "search", "duties")


class Workers(Running):
    """A supervised worker of each kind. They may be started once."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._supervisors = {name: Supervisor(name, CHILD, _order(system, name)) for name in NAMES}
        self._halted: set[str] = set()
        self._threads = [
            threading.Thread(target=self._run, args=(name,), name=f"supervise-{name}", daemon=True)
            for name in NAMES
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for supervisor in self._supervisors.values():
            supervisor.stop()
        for thread in self._threads:
            thread.join(STOPPING_TAKES_AT_MOST + 1)

    def halted(self) -> list[str]:
        """`worker:timeline halted` for each that may not go on."""
        return [f"worker:{name} halted" for name in sorted(self._halted)]

    def _run(self, name: str) -> None:
        if not self._supervisors[name].run():
            self._halted.add(name)


def _order(system: System, name: str) -> object:
    """Beside another command a worker tells only what goes wrong."""
    return {"settings": system.settings, "processor": name, "metrics": ("127.0.0.1", 0), "quiet": True}


@contextmanager
def workers(system: System) -> Iterator[Workers]:
    """The workers at work for as long as the block lasts."""
    all_of_them = Workers(system)
    all_of_them.start()
    try:
        yield all_of_them
    finally:
        all_of_them.stop()
