"""Processes of the stack: started apart from us, found again by a mark in their environment, ended.

The mark, not a noted pid, says what belongs to the stack: it survives every crash and is never another's.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

from klantbeeld.postgres_server.accounts import Account, server_account, system_environment
from local.folder import Folder
from local.problems import StackError

_MARK = "KLANTBEELD_STACK_PART"
# Below the range from which the kernel takes ports for outgoing connections: while a part is down, its port stays free.
_PORTS = range(20_000, 32_000)
_POLL = 0.05
_INFRA = Path(__file__).resolve().parents[1]
PYTHON_PATHS = {"PYTHONPATH": f"{_INFRA}:{_INFRA.parent}", "PYTHONDONTWRITEBYTECODE": "1"}
"""What a part written in Python finds its modules with."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    chosen: list[int] = []
    for port in SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(chosen) < count and _is_free(port):
            chosen.append(port)
    return chosen


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def own_folder(folder: Folder, part: str) -> Path:
    """The part's private folder, made for the user who runs it."""
    account = server_account()
    path = folder.of(part)
    path.mkdir(mode=0o700, exist_ok=True)
    account.give(path)
    check_reachable(path, account)
    return path


def check_reachable(path: Path, account: Account) -> None:
    """As root, parts run as a system user, who must be able to pass to what they need."""
    asked = subprocess.run(
        ["test", "-x", str(path)], env=system_environment(), cwd="/", check=False, **account.run_as()
    )
    if asked.returncode:
        raise StackError(
            f"The system user {account.name}, who runs the parts for root, cannot reach {path}: name another "
            "folder with --dir, or for downloads with XDG_CACHE_HOME."
        )


def give_files(path: Path) -> None:
    """Hand everything in the part's folder to the user who runs it."""
    account = server_account()
    for inside in [path, *path.rglob("*")]:
        account.give(inside)


def spawn(
    folder: Folder, part: str, command: list[str], variables: dict[str, str], *, as_us: bool = False
) -> int:
    """Start a part in its folder, in a session of its own and with none of our variables. Its pid."""
    run_as = {} if as_us else server_account().run_as()
    mark = {_MARK: _mark(folder, part)}
    with folder.log(part).open("ab") as log:
        started = subprocess.Popen(
            command, cwd=folder.of(part), env=system_environment() | variables | mark,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, umask=0o077, **run_as,
        )  # fmt: skip
    return started.pid


def _mark(folder: Folder, part: str) -> str:
    return f"{folder.path}:{part}"


def found(folder: Folder, part: str) -> list[int]:
    """Pids of the part's living processes, the oldest first."""
    wanted = f"{_MARK}={_mark(folder, part)}".encode()
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sorted(pid for pid in pids if pid != os.getpid() and wanted in _environment(pid))


def _environment(pid: int) -> list[bytes]:
    """Empty for a process that ended, nobody having waited for it, and for one of another user."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # it has just ended


def stop(folder: Folder, part: str, seconds: float) -> None:
    """Ask the part to end; after so many seconds, end it."""
    send(found(folder, part), signal.SIGTERM)
    if not becomes_true(lambda: not found(folder, part), seconds):
        kill(folder, part)


def kill(folder: Folder, part: str) -> None:
    """End all processes of the part, those too that are being started just now."""

    def are_over() -> bool:
        left = found(folder, part)
        send(left, signal.SIGKILL)
        return not left

    if not becomes_true(are_over, 30):
        raise StackError(
            f"Processes of {part} do not end: {found(folder, part)}. Look at what they wait for."
        )


def becomes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
