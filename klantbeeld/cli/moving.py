"""How far a move is, for the person who waits: a bar on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from klantbeeld.moving.carrying import Steps

_SECONDS_BETWEEN_LINES = 5.0


class Bars:
    """One bar a step."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, what: str) -> None:
        self._end()
        self._task = self._bars.add_task(what, total=None)

    def moved(self, done: int, total: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total)

    def _end(self) -> None:
        """A step that did not count is done all the same."""
        for task in self._bars.tasks:
            if task.total is None:
                self._bars.update(task.id, total=1, completed=1)


class Lines:
    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock, self._next = stream, clock, 0.0

    def begin(self, what: str) -> None:
        self._say(what)

    def moved(self, done: int, total: int) -> None:
        if self._clock() >= self._next:
            self._say(f"{done:,} of {total:,} records")

    def _say(self, text: str) -> None:
        self._next = self._clock() + _SECONDS_BETWEEN_LINES
        self._stream.write(f"{text}\n")
        self._stream.flush()


@contextmanager
def steps_on(stream: TextIO) -> Iterator[Steps]:
    """The right one for this stream; meant for standard error."""
    if not stream.isatty():
        yield Lines(stream)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream)) as bars:
        yield Bars(bars)
