"""Ends every process of a fault run when the run itself ends, however it ends: its pipe to us closes then.

What belongs to the run carries a mark in its environment, which children inherit; so a worker that is frozen, or whose
supervisor was killed, is found as well. The run's folder goes too, and the disks that it mounted there.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "KLANTBEELD_FAULT_RUN"
_STACK_ENDS_WITHIN = 60.0


def appointed(mark: str, folder: Path) -> subprocess.Popen[bytes]:
    """A warden for the processes with this mark; close its standard input, and all of them end. A last word before that,
    and the folder stays.
    """
    command = [sys.executable, "-S", str(Path(__file__).resolve()), mark, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def dismissed(warden: subprocess.Popen[bytes]) -> None:
    """End the processes; the run itself sees to its folder."""
    warden.communicate(b"the folder stays")


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


def _remove(folder: Path) -> None:
    """The stack has a warden of its own, which writes here until it has ended the stack."""
    deadline = time.monotonic() + _STACK_ENDS_WITHIN
    while (folder / "stack" / "state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    for line in Path("/proc/mounts").read_text().splitlines():
        if Path(line.split()[1]).is_relative_to(folder):
            subprocess.run(["umount", "-l", line.split()[1]], check=False)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    last_word = sys.stdin.buffer.read()
    end_all(sys.argv[1])
    if not last_word:
        _remove(Path(sys.argv[2]))
