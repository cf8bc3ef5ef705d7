"""How far an import is, for the person who waits: a bar on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

_SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """`moved` may be called thousands of times. Bytes are those of the files as they lie, packed or not."""

    def start(self, total_bytes: int) -> None: ...
    def moved(self, rows: int, bytes_read: int) -> None: ...
    def end(self) -> None: ...


class _Silent:
    def start(self, total_bytes: int) -> None:
        pass

    def moved(self, rows: int, bytes_read: int) -> None:
        pass

    def end(self) -> None:
        pass


NO_PROGRESS: Progress = _Silent()


class BarProgress:
    def __init__(self, stream: TextIO) -> None:
        self._bar = Bar(
            TextColumn("{task.fields[rows]:,} rows"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream),
        )
        self._task: TaskID | None = None

    def start(self, total_bytes: int) -> None:
        self._bar.start()
        self._task = self._bar.add_task("import", total=max(total_bytes, 1), rows=0)

    def moved(self, rows: int, bytes_read: int) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=bytes_read, rows=rows)

    def end(self) -> None:
        self._bar.stop()


class LineProgress:
    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._total, self._next = 1, 0.0

    def start(self, total_bytes: int) -> None:
        self._total = max(total_bytes, 1)
        self._next = self._clock() + _SECONDS_BETWEEN_LINES

    def moved(self, rows: int, bytes_read: int) -> None:
        now = self._clock()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN_LINES
            self._stream.write(f"{rows:,} rows, {100 * bytes_read // self._total} %\n")
            self._stream.flush()

    def end(self) -> None:
        pass


def progress_on(stream: TextIO) -> Progress:
    """The right one for this stream; meant for standard error."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)
