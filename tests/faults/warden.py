"""Ends every process of a fault run when the run itself ends, however it ends: its pipe to us closes then.

What belongs to the run carries a mark in its environment, which children inherit; so a worker that is frozen, or whose
supervisor was killed, is found as well.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MARK = "KLANTBEELD_FAULT_RUN"


def appointed(mark: str) -> subprocess.Popen[bytes]:
    """A warden for the processes with this mark; close its standard input, and all of them end."""
    command = [sys.executable, "-S", str(Path(__file__).resolve()), mark]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def marked(mark: str) -> Iterator[int]:
    """Pids of the living processes of a run."""
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and wanted in _environment(entry):
            yield int(entry.name)


def end_all(mark: str) -> None:
    """Until none is left: one that is being started just now is seen in the next round."""
    while pids := list(marked(mark)):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has just ended


def _environment(entry: Path) -> list[bytes]:
    """Empty for a process that ended and was not waited for yet."""
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_all(sys.argv[1])
