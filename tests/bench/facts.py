"""What the benchmark ran on, and how quick that was by itself."""

import os
import platform
import time
from pathlib import Path
from typing import Any

from klantbeeld.bootstrap import opened
from tests.bench.installation import Installation

ADDITIONS = 20_000_000
PARTS = 5


def machine() -> dict[str, Any]:
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024**2, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": load(),
        "twenty_million_additions_s": calibration(),
    }


def load() -> float:
    """Of the last minute: what else the machine was doing."""
    return round(os.getloadavg()[0], 2)


def postgresql(system: Installation) -> str:
    with opened(system.settings, pool=2) as wired, wired.database.connection() as connection:
        row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "unknown"


def _first(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def calibration() -> float:
    """A loop in the interpreter, the best of five parts: compare machines by it before comparing anything else."""
    return round(min(_loop(ADDITIONS // PARTS) for _ in range(PARTS)) * PARTS, 3)


def _loop(additions: int) -> float:
    began = time.perf_counter()
    total = 0
    for number in range(additions):
        total += number
    return time.perf_counter() - began
