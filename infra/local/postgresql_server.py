"""PostgreSQL: the server that also comes with the embedded default, held up by a small process of its own.

Run as a script with the data folder, it is that process.
"""

import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from klantbeeld.postgres_server import ServerError, is_gone, running, warden
from klantbeeld.postgres_server.accounts import server_account
from klantbeeld.postgres_server.layout import DATABASE_ROLE, PORT, Layout, fits
from klantbeeld.postgres_server.postmaster import described, server_processes
from local import processes
from local.folder import Folder
from local.problems import StackError

NAME = "postgresql"
_DATABASE = "klantbeeld"
_QUITTING_TAKES_AT_MOST = 6.0


def check() -> None:
    """All it needs is installed with the product."""


def prepare(folder: Folder) -> dict[str, Any]:
    home = folder.of(NAME)
    if not fits(home / "socket"):
        raise StackError(
            f"The path {folder.path} is too long for PostgreSQL's socket: name a shorter one with --dir."
        )
    home.mkdir(mode=0o700, exist_ok=True)
    where = {"host": str(home / "socket"), "port": PORT, "requirepeer": server_account().name}
    return {"url": f"postgresql://{DATABASE_ROLE}@/{_DATABASE}?{urlencode(where)}"}


def start(folder: Folder) -> int:
    command = [sys.executable, "-m", "local.postgresql_server", str(folder.of(NAME))]
    return processes.spawn(folder, NAME, command, processes.PYTHON_PATHS, as_us=True)


def pid(folder: Folder) -> int | None:
    """The postmaster."""
    found = described(Layout(data_dir=folder.of(NAME)))
    return found.pid if found else None


def is_ready(noted: dict[str, Any]) -> bool:
    try:
        with psycopg.connect(noted["url"], connect_timeout=5) as connection:
            return connection.execute("SELECT true").fetchone() == (True,)
    except psycopg.Error:
        return False


def variables(noted: dict[str, Any]) -> dict[str, str]:
    return {"KLANTBEELD_DATABASE_URL": noted["url"]}


def stop(folder: Folder) -> None:
    """A fast stop: connections are closed, what was committed is on disk."""
    processes.stop(folder, NAME, 30)
    if not is_gone(folder.of(NAME), 30):
        raise StackError(f"PostgreSQL does not stop: another process uses {folder.of(NAME)}, end it first.")


def kill(folder: Folder) -> None:
    """As if the machine had lost it: the holder, the server's warden and the server itself, no goodbye."""
    _end(folder, signal.SIGKILL)


def end(folder: Folder) -> None:
    """For good: nothing is written any more, but shared memory, which lies outside of the folder, is given back."""
    _end(folder, signal.SIGQUIT)


def _end(folder: Folder, number: signal.Signals) -> None:
    processes.kill(folder, NAME)
    layout = Layout(data_dir=folder.of(NAME))
    if not layout.data_dir.is_dir():
        return
    found = described(layout)
    if found and found.pid in server_processes(layout):
        processes.send(_warden_of(found.pid), signal.SIGKILL)
        processes.send([found.pid], number)
        if number != signal.SIGKILL:
            processes.becomes_true(lambda: not server_processes(layout), _QUITTING_TAKES_AT_MOST)
    processes.send([*server_processes(layout)], signal.SIGKILL)
    is_gone(layout.data_dir, 30)


def _warden_of(pid: int) -> list[int]:
    """The server's parent, unless it is gone and the server was handed to another process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        parent = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
        command = Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return []
    return [parent] if warden.__name__.encode() in command.split(b"\0") else []


def _hold(data_dir: Path) -> None:
    """Keep the server running until we are asked to end."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with running(data_dir) as server:
        _make_database(server.url("postgres"))
        signal.sigwait(signals)


def _make_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        asked = connection.execute("SELECT true FROM pg_database WHERE datname = %s", [_DATABASE])
        if asked.fetchone() is None:
            connection.execute("CREATE DATABASE klantbeeld")


if __name__ == "__main__":
    try:
        _hold(Path(sys.argv[1]))
    except ServerError as error:
        sys.exit(str(error))
