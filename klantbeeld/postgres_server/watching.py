"""Questions about the server of a data folder from outside: whether it is kept up, whether it is gone."""

import time
from pathlib import Path

from klantbeeld.postgres_server import locks
from klantbeeld.postgres_server.layout import Layout
from klantbeeld.postgres_server.postmaster import server_processes

_POLL = 0.05


def is_kept(data_dir: Path) -> bool:
    """Whether a warden keeps the server up. Inside `running`, no is for good: it gave up or was killed."""
    layout = Layout(data_dir=data_dir.resolve())
    return layout.data_dir.is_dir() and locks.is_held_exclusively(layout.warden_lock)


def is_gone(data_dir: Path, timeout: float) -> bool:
    """Wait until nothing of the server runs; False when something still does, because others use it too."""
    layout = Layout(data_dir=data_dir.resolve())
    deadline = time.monotonic() + timeout
    while is_kept(data_dir) or server_processes(layout):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
