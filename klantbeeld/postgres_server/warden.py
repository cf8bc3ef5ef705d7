"""The warden: a small process of its own that is the postmaster's parent and ends it when no owner is left.

Started by the launcher with the data folder, the program and the user; it takes its lock, detaches and
watches. It starts a postmaster that died again as long as somebody needs it. Nothing that the launcher can do
beforehand lives here.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from klantbeeld.postgres_server import locks
from klantbeeld.postgres_server.accounts import RunAs, system_environment
from klantbeeld.postgres_server.cluster import remove_noted_socket_dir
from klantbeeld.postgres_server.journal import open_log
from klantbeeld.postgres_server.layout import Layout
from klantbeeld.postgres_server.postmaster import clear_remains, described

_INTERVAL = 0.3
_FAST_STOP_GETS = 10.0
_IMMEDIATE_STOP_GETS = 10.0
_FAILED_STARTS = 3
_BEFORE_RESTART = 0.5
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the warden is asked to keep."""

    layout: Layout
    postgres: Path
    run_as: RunAs

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> "Charge":
        data_dir, postgres, *user = arguments
        run_as: RunAs = {"user": int(user[0]), "group": int(user[1]), "extra_groups": []} if user else {}
        return cls(layout=Layout(data_dir=Path(data_dir)), postgres=Path(postgres), run_as=run_as)


def main() -> int:
    charge = Charge.from_arguments(sys.argv[1:])
    note = _take_warden_lock(charge.layout)
    # The child keeps the lock through the shared descriptor: no moment is without a warden.
    if os.fork():
        os._exit(0)
    _outlast_signals()
    _keep(charge, note)
    return 0


def _take_warden_lock(layout: Layout) -> int:
    lock = locks.open_lock(layout.warden_lock)
    while not locks.taken(lock):
        time.sleep(0.01)  # somebody is looking whether it is held
    os.ftruncate(lock, 0)
    return lock


def _outlast_signals() -> None:
    """Stopping a service signals every process in it; the owners must still be able to finish their work."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)


def _keep(charge: Charge, note: int) -> None:
    owners = locks.open_lock(charge.layout.owners_lock)
    failed_starts = 0
    while failed_starts < _FAILED_STARTS and not locks.taken(owners):
        clear_remains(charge.layout)
        postmaster = _start(charge)
        _write_note(note, str(postmaster.pid))
        was_ready = _watch(postmaster, charge.layout, owners)
        _write_note(note, "")
        failed_starts = 0 if was_ready else failed_starts + 1
        time.sleep(_BEFORE_RESTART if postmaster.returncode else 0)
    remove_noted_socket_dir(charge.layout)


def _write_note(note: int, text: str) -> None:
    os.ftruncate(note, 0)
    os.pwrite(note, text.encode(), 0)


def _watch(postmaster: subprocess.Popen[bytes], layout: Layout, owners: int) -> bool:
    """Return when the postmaster is gone: by itself, or as no owner is left. True if it was ever ready."""
    was_ready = False
    while postmaster.poll() is None:
        was_ready = was_ready or _is_ready(layout, postmaster.pid)
        if locks.taken(owners):
            _stop(postmaster)
        _wait(postmaster, _INTERVAL)
    return was_ready


def _is_ready(layout: Layout, pid: int) -> bool:
    found = described(layout)
    return found is not None and found.pid == pid and found.ready


def _stop(postmaster: subprocess.Popen[bytes]) -> None:
    """Fast, then at once; the last resort leaves recovery to the next start."""
    postmaster.send_signal(signal.SIGINT)
    if not _wait(postmaster, _FAST_STOP_GETS):
        postmaster.send_signal(signal.SIGQUIT)
        if not _wait(postmaster, _IMMEDIATE_STOP_GETS):
            postmaster.kill()


def _wait(postmaster: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        postmaster.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _start(charge: Charge) -> subprocess.Popen[bytes]:
    log = open_log(charge.layout.log)
    try:
        return subprocess.Popen(
            [
                str(charge.postgres),
                "-D", str(charge.layout.cluster),
                "-c", f"config_file={charge.layout.configuration / 'postgresql.conf'}",
            ],
            env=system_environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            **charge.run_as,
            preexec_fn=_die_with_parent(),  # noqa: PLW1509  (the warden has one thread)
        )  # fmt: skip
    finally:
        os.close(log)


def _die_with_parent() -> Callable[[], None]:
    """Let the kernel ask the postmaster for a fast stop when the warden ends, however it ends.

    It must run after the change of user, which clears the request.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    warden = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != warden:
            os._exit(1)  # it ended before the request stood

    return ask


if __name__ == "__main__":
    sys.exit(main())
