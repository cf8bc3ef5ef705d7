"""The system under test: a real `klantbeeld serve` on a data folder of its own, all of it gone at the end."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from api.tokens import issue
from klantbeeld.postgres_server import is_gone
from klantbeeld.settings import Settings, load
from klantbeeld.token_key import token_key
from tests.bench.memory import Memory
from tests.bench.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


@dataclass
class Installation:
    """`folder` holds everything; `port` is where it listens."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int
    memory: Memory
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = load(environment(self.folder), self.folder)

    @cached_property
    def _tokens(self) -> dict[str, str]:
        key, now = token_key(self.settings), datetime.now(UTC)
        sender = issue(key, role="connector", name="bench", now=now, days=2, attests=True)
        agent = issue(key, role="agent", name="bench agent", now=now, days=2)
        lead = issue(key, role="lead", name="bench lead", id="a-1", now=now, days=2)
        return {"connector": sender, "agent": agent, "lead": lead}

    def wire(self, role: str) -> Wire:
        return Wire(self.port, self._tokens[role])


@contextmanager
def installation() -> Iterator[Installation]:
    """Started, and listening, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="klantbeeld-bench-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        process = _started(folder)
        try:
            port = _listening(folder, process)
            with Memory(process.pid) as memory:
                yield Installation(folder, process, port, memory)
        finally:
            _end(process)
    finally:
        _remove(folder)


def environment(folder: Path) -> dict[str, str]:
    """Ours without our settings, save the data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLANTBEELD_")}
    return kept | {"KLANTBEELD_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)}


def _started(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "serve.log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "klantbeeld", "serve", "--port", "0"],
            env=environment(folder), cwd=folder, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def _listening(folder: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for line in (folder / "serve.log").read_text(errors="replace").splitlines():
            if line.startswith("listening on "):
                return int(line.rsplit(":", 1)[1])
        time.sleep(0.05)
    raise RuntimeError("serve did not start:\n" + (folder / "serve.log").read_text(errors="replace")[-3000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove(folder: Path) -> None:
    """The database ends a moment after the last that used it, and writes until then."""
    server = folder / "data" / "postgresql"
    if server.exists():
        is_gone(server, PATIENCE)
    shutil.rmtree(folder)
