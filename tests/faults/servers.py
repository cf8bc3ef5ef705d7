"""Server processes of a run: `klantbeeld serve` and `klantbeeld work`, kept running as a service manager does."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil

from tests.faults import warden
from tests.faults.ground import ROOT

_POLL: Final = 0.05
STOPPING_TAKES_AT_MOST: Final = 10.0
# Below the ports that the kernel gives to clients, so that a server finds its own free again after a kill.
_PORTS: Final = range(12_000, 20_000)


class Server:
    """One command that is kept running. `port`: where it listens, if it does."""

    def __init__(self, name: str, module: Sequence[str], log: Path, port: int | None = None) -> None:
        self.name, self.port, self._log = name, port, log
        self._command = [sys.executable, "-m", *module]
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self, environment: Mapping[str, str]) -> None:
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, env=environment, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.starts += 1

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def children(self) -> list[int]:
        """What a supervisor keeps running, which is one process or, between two, none."""
        try:
            return [child.pid for child in psutil.Process(self.pid).children()]
        except psutil.NoSuchProcess:
            return []

    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class Servers:
    """All of a run. With `keep` whatever ends is started again after a moment."""

    def __init__(self, folder: Path, settings: Mapping[str, str], *, keep: bool = True) -> None:
        self.folder, self.mark = folder, secrets.token_hex(8)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KLANTBEELD_")}
        self.environment = {**kept, **settings, "PYTHONPATH": str(ROOT), warden.MARK: self.mark}
        self.all: dict[str, Server] = {}
        self.deaths = 0
        self.halted: list[str] = []
        """Workers that said that somebody has to mend something first."""
        self._ending = threading.Event()
        if not keep:
            self._ending.set()
        self._thread = threading.Thread(target=self._keep, name="keep", daemon=True)

    def __enter__(self) -> "Servers":
        self._warden = warden.appointed(self.mark, self.folder)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self.stop_keeping()
        if kind is None:
            self.stop()
        warden.dismissed(self._warden)
        for server in self.all.values():
            if server.process:
                server.process.wait()

    def add(self, name: str, *module: str, port: int | None = None) -> Server:
        server = Server(name, module, self.folder / f"{name}.log", port)
        server.start(self.environment)
        self.all[name] = server
        return server

    def named(self, prefix: str) -> list[Server]:
        return [server for name, server in self.all.items() if name.startswith(prefix)]

    def stop_keeping(self) -> None:
        """From here on what ends stays ended."""
        self._ending.set()
        self._thread.join()

    def stop(self) -> None:
        """Ask all to end, as an operator would, and insist after a while."""
        running = [server for server in self.all.values() if server.runs()]
        for server in running:
            os.kill(server.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOPPING_TAKES_AT_MOST * 2
        while any(server.runs() for server in running) and time.monotonic() < deadline:
            time.sleep(_POLL)

    def _keep(self) -> None:
        while not self._ending.wait(_POLL):
            for server in list(self.all.values()):
                if not server.runs():
                    self.deaths += 1
                    if server.port is None and server.process and server.process.returncode == 1:
                        self.halted.append(server.name)
                    self._ending.wait(0.2)
                    server.start(self.environment)


def free_port(besides: Sequence[int] = ()) -> int:
    """One of the loopback interface that nobody listens on now."""
    for _ in range(1000):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in besides:
                return port
    raise OSError("no port is free")
