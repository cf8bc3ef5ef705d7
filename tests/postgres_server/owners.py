"""Processes that own a server, and the questions the tests ask about it. No test lives here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from klantbeeld.postgres_server import locks
from klantbeeld.postgres_server.layout import Layout
from klantbeeld.postgres_server.postmaster import described

_ROOT = Path(__file__).resolve().parents[2]
_OWNER = """
import ctypes, os, sys, time
from pathlib import Path
from klantbeeld.postgres_server import running
if sys.argv[3] == "as init":
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
with running(Path(sys.argv[1]), fast_unsafe=sys.argv[2] == "unsafe"):
    child = os.fork() if sys.argv[3] == "with a child" else -1
    if child == 0:
        time.sleep(600)
    print(child, flush=True)
    sys.stdin.read()
"""


class Owner:
    """A process of its own inside `running(data_dir)`.

    `how` is "alone", "with a child" that it forks, or "as init": it inherits orphans and never reaps them.
    """

    def __init__(self, data_dir: Path, *, unsafe: bool = True, how: str = "alone") -> None:
        options = ["unsafe" if unsafe else "safe", how]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _OWNER, str(data_dir), *options],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.child = -1

    def wait_until_it_owns(self) -> "Owner":
        assert self._process.stdout is not None
        self.child = int(self._process.stdout.readline())
        return self

    def leave(self) -> None:
        self._process.communicate("", timeout=30)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def end(self) -> None:
        self._process.kill()
        if self.child > 0:
            with suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
        self._process.communicate()


@contextmanager
def owner(data_dir: Path, *, unsafe: bool = True, how: str = "alone") -> Iterator[Owner]:
    made = Owner(data_dir, unsafe=unsafe, how=how)
    try:
        yield made.wait_until_it_owns()
    finally:
        made.end()


def postmaster_pid(data_dir: Path) -> int:
    found = described(Layout(data_dir=data_dir))
    assert found is not None
    return found.pid


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


def is_alive(pid: int) -> bool:
    """A killed process counts as gone though nobody may have reaped it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def is_over(data_dir: Path) -> bool:
    """No warden and no postmaster of this folder is left."""
    layout = Layout(data_dir=data_dir)
    found = described(layout)
    return not locks.is_held_exclusively(layout.warden_lock) and (found is None or not is_alive(found.pid))


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
