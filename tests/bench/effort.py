"""Processor time by who spent it: what the costs are made of, whatever else the machine was doing meanwhile."""

import os
from pathlib import Path

from tests.bench.installation import Installation
from tests.bench.memory import children

TICKS = os.sysconf("SC_CLK_TCK")


class Effort:
    """Seconds of processor time since it was made."""

    def __init__(self, system: Installation) -> None:
        self._system = system
        self._before = self._now()

    def spent(self) -> dict[str, float]:
        now = self._now()
        return {name: seconds - self._before.get(name, 0.0) for name, seconds in now.items()}

    def each(self, count: int) -> dict[str, float]:
        """Microseconds of processor time per thing done."""
        return {f"{name}_cpu_us": round(seconds / count * 1e6, 1) for name, seconds in self.spent().items()}

    def _now(self) -> dict[str, float]:
        serve = self._system.process.pid
        found = {
            "serve": seconds_of(serve),
            "processors": 0.0,
            "postgresql": 0.0,
            "bench": seconds_of(os.getpid()),
        }
        for child in children(serve):
            if "klantbeeld.cli.processors" in _read(child, "cmdline"):
                found["processors"] = seconds_of(child)
        data = str(self._system.folder / "data")
        found["postgresql"] = sum(seconds_of(pid) for pid in _all() if _works_in(pid, data))
        return found


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _works_in(pid: int, folder: str) -> bool:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink()).startswith(folder)
    except OSError:
        return False


def seconds_of(pid: int) -> float:
    """Of the process, and of its children that ended and were waited for: so that none is lost with a backend."""
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS if fields else 0.0


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""
