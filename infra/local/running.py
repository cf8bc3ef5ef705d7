"""Bringing parts up together, waiting until they answer, taking them down. What a part is, its own module says."""

import os
import select
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from local import processes
from local.folder import Folder
from local.problems import StackError

_STARTING_TAKES_AT_MOST = 180.0
_POLL = 0.1
_LINES_SHOWN = 15
_WARDEN = "warden"
_STACK = Path(__file__).resolve().parents[1] / "stack.py"


class Part(Protocol):
    """A module for each. `check` and `prepare` raise `StackError`; `stop`, `kill` and `end` wait for the end; after
    `end` nothing is left outside of the folder."""

    NAME: str

    def check(self) -> None: ...
    def prepare(self, folder: Folder) -> dict[str, Any]: ...
    def start(self, folder: Folder) -> int: ...
    def pid(self, folder: Folder) -> int | None: ...
    def is_ready(self, noted: dict[str, Any]) -> bool: ...
    def variables(self, noted: dict[str, Any]) -> dict[str, str]: ...
    def stop(self, folder: Folder) -> None: ...
    def kill(self, folder: Folder) -> None: ...
    def end(self, folder: Folder) -> None: ...


def up(folder: Folder, parts: list[Part], owner: int | None) -> None:
    """Start what does not run, all or nothing; returns when each part answers. Call it with the folder locked."""
    before = {name for name in folder.notes() if name != "owner"}
    missing = [part for part in parts if not processes.found(folder, part.NAME)]
    try:
        for part in missing:
            part.check()
        if owner is not None:
            _appoint_warden(folder, owner)
        start(folder, missing)
    except BaseException:
        for part in missing:
            part.end(folder)
        if not before:
            down(folder, parts)
        raise
    _wait(folder, [part for part in parts if part not in missing])


def start(folder: Folder, parts: list[Part]) -> None:
    """Start each on the ports and with the data it had before, if any, and wait until all answer."""
    for part in parts:
        if part.NAME not in folder.notes():
            folder.note(part.NAME, part.prepare(folder))
        if not processes.found(folder, part.NAME):
            part.start(folder)
    _wait(folder, parts)


def _wait(folder: Folder, parts: list[Part]) -> None:
    waiting = list(parts)
    deadline = time.monotonic() + _STARTING_TAKES_AT_MOST
    owner = folder.notes().get("owner")
    while waiting:
        if owner is not None and _is_over(owner):
            raise StackError(
                f"The owner, process {owner}, has ended: there is nobody to start the stack for."
            )
        for part in list(waiting):
            if part.is_ready(folder.notes()[part.NAME]):
                folder.note(part.NAME, folder.notes()[part.NAME] | {"pid": part.pid(folder)})
                waiting.remove(part)
            elif not processes.found(folder, part.NAME):
                raise StackError(f"{part.NAME} ended while it was starting. {_last_words(folder, part)}")
            elif time.monotonic() > deadline:
                limit = f"{_STARTING_TAKES_AT_MOST:.0f} s"
                raise StackError(f"{part.NAME} does not answer after {limit}. {_last_words(folder, part)}")
        time.sleep(_POLL if waiting else 0)


def _last_words(folder: Folder, part: Part) -> str:
    lines = folder.log(part.NAME).read_text(errors="replace").splitlines()
    return "\n".join(["It said:", *(f"    {line[:300]}" for line in lines[-_LINES_SHOWN:])])


def down(folder: Folder, parts: Iterable[Part]) -> None:
    """End all parts and remove the folder. Nobody needs the data any more, so nothing is asked to close first."""
    processes.kill(folder, _WARDEN)
    for part in parts:
        part.end(folder)
    folder.remove()


def _appoint_warden(folder: Folder, owner: int) -> None:
    """The first owner stays the owner."""
    if processes.found(folder, _WARDEN):
        return
    folder.of(_WARDEN).mkdir(exist_ok=True)
    command = [sys.executable, str(_STACK), "watch", "--owner", str(owner), "--dir", str(folder.path)]
    processes.spawn(folder, _WARDEN, command, processes.PYTHON_PATHS, as_us=True)
    folder.note("owner", owner)


def wait_for_the_end_of(pid: int) -> None:
    """Blocks until the process is over; at once for one that is over already."""
    _is_over(pid, None)


def _is_over(pid: int, seconds: float | None = 0) -> bool:
    """Whether the process ends within so many seconds; None waits for it."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
