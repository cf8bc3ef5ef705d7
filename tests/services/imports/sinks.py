"""Sinks for tests: they keep what they are sent, as the log would, and can be made to fail."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.imports import Result


class MemorySink:
    """Knows events by source and id. `refuse` gives a reason for events that it rejects."""

    def __init__(self, refuse: Callable[[dict[str, Any]], str | None] = lambda _event: None) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}
        self.batches: list[int] = []
        self._refuse = refuse

    def send(self, events: Sequence[bytes]) -> Sequence[Result]:
        assert 0 < len(events) <= 1000
        self.batches.append(len(events))
        return [self._take(raw) for raw in events]

    def _take(self, raw: bytes) -> Result:
        event = json.loads(raw)
        if (reason := self._refuse(event)) is not None:
            return Result("rejected", reason)
        known = self.kept.setdefault((event["source"], event["id"]), raw)
        if known is raw:
            return Result("accepted")
        return Result("duplicate", None if known == raw else "differs")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.kept.values()]


class Killed(Exception):
    """The process is gone; the log is not."""


class DyingSink(MemorySink):
    """Dies in batch `at` (from 1), before or after its events are in the log."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self._at, self._after = at, after

    def send(self, events: Sequence[bytes]) -> Sequence[Result]:
        if len(self.batches) + 1 == self._at:
            if self._after:
                super().send(events)
            self._at = 0
            raise Killed
        return super().send(events)


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path
