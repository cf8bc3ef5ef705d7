"""Starting the server or attaching to it, and saying where it is. Its end is the warden's affair."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from klantbeeld.postgres_server import locks
from klantbeeld.postgres_server.accounts import (
    Account,
    check_reachable,
    open_folder,
    server_account,
    system_environment,
)
from klantbeeld.postgres_server.binaries import usable_binaries
from klantbeeld.postgres_server.cluster import prepare_cluster, prepare_socket_dir, write_configuration
from klantbeeld.postgres_server.errors import ServerError, naming_the_folder
from klantbeeld.postgres_server.journal import last_complaint, open_log
from klantbeeld.postgres_server.layout import DATABASE_ROLE, Layout
from klantbeeld.postgres_server.postmaster import Postmaster, described

_POLL = 0.02
_WARDEN = "klantbeeld.postgres_server.warden"
# Recovery after a crash replays up to `max_wal_size`; on a slow disk that takes minutes.
_START_TAKES_AT_MOST = 600.0
_PACKAGES = Path(__file__).resolve().parents[2]
# What an unusual build of Python needs to start; nothing else of the caller's environment is passed on.
_KEPT_FOR_PYTHON = ("LD_LIBRARY_PATH", "PYTHONHOME")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. `os_user` is the user it runs as."""

    socket_dir: Path
    port: int
    os_user: str

    def url(self, database: str) -> str:
        """A libpq connection string that refuses a server of any other user.

        It names what a `PG…` variable of the caller could change otherwise.
        """
        parts = {
            "host": str(self.socket_dir), "hostaddr": "", "port": str(self.port), "dbname": database,
            "user": DATABASE_ROLE, "requirepeer": self.os_user, "require_auth": "", "options": "",
            "client_encoding": "UTF8", "sslmode": "disable", "sslnegotiation": "postgres",
            "gssencmode": "disable", "channel_binding": "disable", "target_session_attrs": "any",
        }  # fmt: skip
        return " ".join(f"{name}={_quoted(value)}" for name, value in parts.items())


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextmanager
def running(data_dir: Path, *, fast_unsafe: bool = False) -> Iterator[Server]:
    """The server of this data folder for as long as the block lasts, started if need be.

    Waits until it is ready. Any number of processes and threads may do so at once. The server ends within
    seconds after the last of them has left its block or died. `fast_unsafe` gives up durability and is for
    tests; whoever attaches takes the server as it runs. Raises `ServerError`.
    """
    with ExitStack() as owned:
        with naming_the_folder(data_dir):
            server = _own(data_dir, owned, fast_unsafe=fast_unsafe)
        yield server


def _own(data_dir: Path, owned: ExitStack, *, fast_unsafe: bool) -> Server:
    account = server_account()
    layout = Layout(data_dir=data_dir.resolve())
    open_folder(layout.data_dir, account)
    with locks.exclusive(layout.start_lock):
        # Waits for a warden that has begun to stop: once this is held, whoever runs keeps running.
        owned.enter_context(locks.shared(layout.owners_lock))
        found = _attached(layout) or _started(layout, account, fast_unsafe=fast_unsafe)
    return Server(socket_dir=found.socket_dir, port=found.port, os_user=account.name)


def _attached(layout: Layout) -> Postmaster | None:
    return _accepting(layout) if locks.is_held_exclusively(layout.warden_lock) else None


def _started(layout: Layout, account: Account, *, fast_unsafe: bool) -> Postmaster:
    check_reachable(layout.data_dir, account)
    binaries = usable_binaries(layout, account)
    prepare_cluster(layout, account, binaries)
    prepare_socket_dir(layout, account)
    write_configuration(layout, account, fast_unsafe=fast_unsafe)
    log_size = _start_warden(layout, binaries.postgres, account)
    found = _accepting(layout)
    if found is None:
        complaint = last_complaint(layout.log, log_size)
        raise ServerError(
            "start_failed", f"PostgreSQL did not start, mend this: {complaint} (more in {layout.log})"
        )
    return found


def _start_warden(layout: Layout, postgres: Path, account: Account) -> int:
    """Returns when it has detached and holds its lock, with the size that the log had before.

    It needs the standard library only, so it is spared the site packages.
    """
    log = open_log(layout.log)
    try:
        size = os.fstat(log).st_size
        subprocess.run(
            [sys.executable, "-S", "-m", _WARDEN, *_warden_arguments(layout, postgres, account)],
            env=_warden_environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, umask=0o077, check=False,
        )  # fmt: skip
    finally:
        os.close(log)
    return size


def _warden_arguments(layout: Layout, postgres: Path, account: Account) -> list[str]:
    user = [str(account.uid), str(account.gid)] if account.lent else []
    return [str(layout.data_dir), str(postgres), *user]


def _warden_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_FOR_PYTHON if name in os.environ}
    return system_environment() | kept | {"PYTHONPATH": str(_PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"}


def _accepting(layout: Layout) -> Postmaster | None:
    """Wait for the warden's postmaster to take connections; None if the warden gave up."""
    deadline = time.monotonic() + _START_TAKES_AT_MOST
    while time.monotonic() < deadline:
        found = described(layout)
        if found is not None and found.pid == _watched_pid(layout) and found.is_accepting():
            return found
        if not locks.is_held_exclusively(layout.warden_lock):
            return None
        time.sleep(_POLL)
    raise ServerError(
        "start_timed_out",
        f"PostgreSQL is not ready after {_START_TAKES_AT_MOST:.0f} s: see {layout.log}, then try again.",
    )


def _watched_pid(layout: Layout) -> int | None:
    text = layout.warden_lock.read_text("ascii")
    return int(text) if text else None
