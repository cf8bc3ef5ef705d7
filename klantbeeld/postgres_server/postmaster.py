"""What can be seen of a postmaster from outside: its own pid file, its socket, its processes."""

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from klantbeeld.postgres_server.layout import Layout, socket_file

_STOPPING_TAKES_AT_MOST = 60.0
_ORPHANS_GET = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """As its pid file describes it; the file of a killed postmaster stays behind."""

    pid: int
    port: int
    socket_dir: Path
    ready: bool

    def is_accepting(self) -> bool:
        if not self.ready:
            return False
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(os.fsencode(socket_file(self.socket_dir)))
        except OSError:
            return False
        return True


def _pid_file(layout: Layout) -> Path:
    return layout.cluster / "postmaster.pid"


def described(layout: Layout) -> Postmaster | None:
    """None while there is no pid file, or a half-written one."""
    try:
        pid, _, _, port, socket_dir, _, _, status = os.fsdecode(_pid_file(layout).read_bytes()).splitlines()
        return Postmaster(
            pid=int(pid), port=int(port), socket_dir=Path(socket_dir), ready=status.strip() == "ready"
        )
    except (FileNotFoundError, ValueError):
        return None


def clear_remains(layout: Layout) -> None:
    """Make room for a new postmaster: wait for one that is stopping, end what a killed one left behind.

    Call it only while holding the warden's lock. Blocks for at most a minute or so.
    """
    if not _becomes_true(lambda: not _is_running(layout), _STOPPING_TAKES_AT_MOST):
        return  # somebody else's: PostgreSQL itself refuses to start beside it and says so
    _end_orphans(layout)
    _forget_stale_pid(layout)
    for remain in layout.socket_dir().glob(".s.PGSQL.*"):
        remain.unlink(missing_ok=True)


def _becomes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_running(layout: Layout) -> bool:
    return _noted_pid(layout) in server_processes(layout)


def _end_orphans(layout: Layout) -> None:
    """Backends of a killed postmaster end by themselves, but one in a long computation notices late."""
    if not _becomes_true(lambda: not server_processes(layout), _ORPHANS_GET):
        _quit(server_processes(layout))
        _becomes_true(lambda: not server_processes(layout), _ORPHANS_GET)


def _quit(pids: set[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGQUIT)
        except ProcessLookupError:
            pass  # it has just ended


def _forget_stale_pid(layout: Layout) -> None:
    """PostgreSQL will not start while the pid of a killed postmaster is that of any process of the same user.

    In a container that happens at nearly every restart, or where nobody reaps the dead. The file goes only if
    the process is dead or surely another; a free pid is PostgreSQL's own affair.
    """
    pid = _noted_pid(layout)
    if pid is not None and (_is_another(pid, layout) or _is_dead(pid)):
        _pid_file(layout).unlink(missing_ok=True)


def _is_another(pid: int, layout: Layout) -> bool:
    folder = _working_dir(pid)
    return _program(pid) not in (None, "postgres") or folder not in (None, layout.cluster)


def _is_dead(pid: int) -> bool:
    """Whether it ended and only its entry is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return False


def _noted_pid(layout: Layout) -> int | None:
    try:
        return int(_pid_file(layout).read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def server_processes(layout: Layout) -> set[int]:
    """Every process of a PostgreSQL works in its cluster."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {pid for pid in pids if _program(pid) == "postgres" and _working_dir(pid) == layout.cluster}


def _program(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def _working_dir(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
