"""The system under test on Kafka, PostgreSQL and Elasticsearch: a stack of its own, all of it gone at the end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from klantbeeld.bootstrap import System, opened
from klantbeeld.settings import Settings, load
from projections import schema
from tests.bench.installation import ROOT

PATIENCE = 300.0
POLL = 0.02


@dataclass(frozen=True)
class Distributed:
    """`folder` holds the stack; `variables` are our settings as a process gets them."""

    folder: Path
    variables: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        return load(self.variables, self.folder)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KLANTBEELD_")}
        return {**kept, **self.variables, "PYTHONPATH": str(ROOT)}

    def pid(self, part: str) -> int:
        state: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        return int(state[part]["pid"])

    @contextmanager
    def process(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """`klantbeeld …` for as long as the block lasts."""
        with (self.folder / f"{'-'.join(words)}-{time.monotonic_ns()}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "klantbeeld", *words],
                env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)


@contextmanager
def distributed() -> Iterator[Distributed]:
    folder = Path(tempfile.mkdtemp(prefix="kb-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        said = json.loads(stack("up", "--json", "--dir", str(folder), "--owner", str(os.getpid())))
        own = {name: value for name, value in said.items() if name.startswith("KLANTBEELD_")}
        yield Distributed(folder, {**own, "KLANTBEELD_DATA_DIR": str(folder / "data")})
    finally:
        stack("down", "--dir", str(folder))
        shutil.rmtree(folder, ignore_errors=True)


def anew(system: System) -> None:
    """Empty read models: every position is 0 again."""
    with system.database.transaction() as connection:
        schema.drop(connection, schema.LIVE)
    schema.ensure(system.database)


def cpu(pids: Mapping[str, list[int]]) -> dict[str, float]:
    """Seconds of processor time of processes and their children, by name."""
    return {name: sum(_seconds(pid) for pid in own) for name, own in pids.items()}


def workers_of(*processes: subprocess.Popen[bytes]) -> list[int]:
    return [child.pid for process in processes for child in psutil.Process(process.pid).children()]


@contextmanager
def measured_while(system: Distributed, own: Mapping[str, list[int]]) -> Iterator[dict[str, float]]:
    """Fills the dictionary it gives with processor seconds at the end of the block."""
    pids = {**own, "kafka": [system.pid("kafka")], "postgresql": [system.pid("postgresql")]}
    before, found = cpu(pids), {}
    yield found
    found.update({name: round(seconds - before[name], 2) for name, seconds in cpu(pids).items()})


@contextmanager
def wired(system: Distributed) -> Iterator[System]:
    with opened(system.settings, pool=4) as found:
        yield found


def _seconds(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
    except psutil.NoSuchProcess:
        return 0.0
    ended = times[0].children_user + times[0].children_system
    return sum(one.user + one.system for one in times) + ended


def stack(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "infra" / "stack.py"), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout
