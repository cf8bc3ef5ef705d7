"""How much memory the serving process and its processors take, watched from outside."""

import resource
import threading
from pathlib import Path
from typing import Any

EVERY = 0.2
MIB = 1024


class Memory:
    """Samples resident memory while its block lasts; the peak is the kernel's own where it keeps one."""

    def __init__(self, pid: int) -> None:
        self._serve, self._over = pid, threading.Event()
        self._peaks: dict[str, int] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> dict[str, float]:
        """Resident memory in MiB, by process."""
        return {name: round(_field(pid, "VmRSS") / MIB, 1) for name, pid in self._processes().items()}

    def peaks(self) -> dict[str, Any]:
        """The most that each ever had, in MiB."""
        self._sample()
        return {f"{name}_peak_mib": round(peak / MIB, 1) for name, peak in sorted(self._peaks.items())}

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            self._sample()

    def _sample(self) -> None:
        for name, pid in self._processes().items():
            peak = max(_field(pid, "VmHWM"), _field(pid, "VmRSS"))
            self._peaks[name] = max(self._peaks.get(name, 0), peak)

    def _processes(self) -> dict[str, int]:
        found = {"serve": self._serve}
        for child in children(self._serve):
            if "klantbeeld.cli.processors" in _command(child):
                found["processors"] = child
        return found


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def peak_of_this_process() -> float:
    """In MiB."""
    return round(_field("self", "VmHWM") / MIB, 1)


def peak_of_a_child() -> float:
    """In MiB, of the largest process that this one waited for."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)


def memory_of_this_process() -> float:
    """In MiB, now."""
    return round(_field("self", "VmRSS") / MIB, 1)


def _field(pid: int | str, name: str) -> int:
    """KiB."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
