"""The stack that a fault run stands on: its own, on ports and in a folder of its own, ended however the run ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("kafka", "postgresql")
SEARCH_ENGINE = "elasticsearch"
_STACK = ROOT / "infra" / "stack.py"


class GroundFailed(Exception):
    """The stack could not do what was asked: its own words."""


class Ground:
    """Parts run from `up` to `down`. Who kills or stops one starts it again; port and data stay."""

    def __init__(self, folder: Path, parts: Sequence[str] = PARTS) -> None:
        self.folder, self.parts = folder, tuple(parts)
        self.settings: dict[str, str] = {}
        self.disks: dict[str, Path] = {}
        """Parts on a disk so small that it can be filled."""

    def up(self) -> None:
        said = self._run("up", "--json", "--parts", ",".join(self.parts), "--owner", str(os.getpid()))
        self.settings = {name: value for name, value in json.loads(said).items() if name != "dir"}

    def down(self) -> None:
        self._run("down")

    def start(self, part: str) -> None:
        """Returns when it answers."""
        self._run("start", part)

    def stop(self, part: str) -> None:
        self._run("stop", part)

    def kill(self, part: str) -> None:
        self._run("kill", part)

    def signal(self, part: str, number: signal.Signals) -> None:
        os.kill(self.pid(part), number)

    def pid(self, part: str) -> int:
        state: dict[str, dict[str, Any]] = json.loads((self.folder / "state.json").read_text())
        return int(state[part]["pid"])

    @property
    def database_url(self) -> str:
        return self.settings["KLANTBEELD_DATABASE_URL"]

    @property
    def bootstrap(self) -> str:
        return self.settings["KLANTBEELD_KAFKA_BOOTSTRAP"]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(_STACK), *arguments, "--dir", str(self.folder)],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
            start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            raise GroundFailed(f"stack {arguments[0]}: {done.stderr.strip()}")
        return done.stdout
