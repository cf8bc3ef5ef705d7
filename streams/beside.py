"""The runners in a process of their own beside the one that serves: each has an interpreter, so neither slows the other.

The two talk over the child's pipes. Down go the settings, once, and then nudges: something was appended. Up comes where
each processor stands. Losing a nudge costs a moment, never an event; when the parent dies, however it dies, its end of
the pipe closes and the child ends.
"""

import json
import pickle
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import IO, Any, Final

from klantbeeld.bootstrap import System, opened
from streams.embedded import STOPPING_TAKES_AT_MOST, Embedded, embedded
from streams.running import Running
from streams.suggesting import suggesting
from streams.supervision import Supervisor

NUDGE: Final = b"."
CHILD: Final = "klantbeeld.cli.processors"
SILENCE: Final = 15.0
_HEARTBEAT: Final = 3.0


class Beside(Running):
    """A supervised child process that runs all processors of a system. It may be started once."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._child = Supervisor(
            "processors",
            CHILD,
            system.settings,
            heard=self._heard,
            stopping_takes_at_most=STOPPING_TAKES_AT_MOST,
        )
        self._ending = threading.Event()
        self._told: dict[str, dict[str, Any]] = {}
        self._heard_at = time.monotonic()
        self._threads = [
            threading.Thread(target=self._child.run, name="processors-supervisor", daemon=True),
            threading.Thread(target=self._nudge, name="processors-nudge", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the child finish the batch at hand and end."""
        self._ending.set()
        self._system.log.wake()
        self._child.stop()
        for thread in self._threads:
            thread.join(STOPPING_TAKES_AT_MOST + 1)

    def halted(self) -> list[str]:
        """`processor:timeline line_stopped` for each that stopped its line."""
        told = list(self._told.items())
        stopped = [f"processor:{name} {state['halted']}" for name, state in told if state["halted"]]
        return stopped or (["processors silent"] if self._silent() else [])

    def _silent(self) -> bool:
        """Whether the child has said nothing for so long that it must be frozen: it speaks up every few seconds."""
        return time.monotonic() - self._heard_at > SILENCE

    def positions(self) -> Mapping[int, int]:
        """Everything below has been processed by all, as far as this process was told."""
        return {0: min((state["position"] for state in list(self._told.values())), default=0)}

    def _heard(self, line: bytes) -> None:
        """Take in what the child says, save half a line: its last, when it was killed."""
        try:
            state = json.loads(line)
        except ValueError:
            return
        self._heard_at = time.monotonic()
        self._told[state["processor"]] = state
        self._system.moved.give()

    def _nudge(self) -> None:
        """Pass on that the log grew."""
        grown = self._system.log.grown
        while not self._ending.is_set():
            seen = grown.count
            grown.wait(seen, 1.0)
            if grown.count != seen:
                self._child.say(NUDGE)


@contextmanager
def beside(system: System) -> Iterator[Beside]:
    """The processors at work in a process of their own for as long as the block lasts."""
    child = Beside(system)
    child.start()
    try:
        yield child
    finally:
        child.stop()


def main(given: BufferedReader, told: IO[bytes]) -> None:
    """The child: run the processors on the settings given until the pipe closes."""
    settings = pickle.load(given)  # noqa: S301  (from the parent, over a pipe that nobody else holds)
    with opened(settings, pool=4) as system, embedded(system) as runners, suggesting(system):
        over = threading.Event()
        reporter = threading.Thread(target=_report, args=(system, runners, told, over), daemon=True)
        reporter.start()
        while given.read1(4096):
            system.log.wake()
        over.set()


def _report(system: System, runners: Embedded, told: IO[bytes], over: threading.Event) -> None:
    """Say where each processor stands, whenever one has moved."""
    said: dict[str, tuple[int, str | None]] = {}
    spoken_at = time.monotonic()
    while not over.is_set():
        seen = system.moved.count
        if time.monotonic() - spoken_at > _HEARTBEAT:
            said.clear()
        for runner in runners.runners:
            name, health = runner.processor.name, runner.health
            now = (health.position, health.halted)
            if said.get(name) != now:
                said[name], spoken_at = now, time.monotonic()
                line = {"processor": name, "position": now[0], "halted": now[1]}
                with suppress(OSError, ValueError):
                    told.write(json.dumps(line).encode() + b"\n")
                    told.flush()
        system.moved.wait(seen, 0.5)
