"""What this process appended a moment ago, which the read models do not know yet."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from klantbeeld.domain.events.event import EventKey

MOST: Final = 20_000
Known = tuple[int, int, bytes | None]
"""Partition, position and digest of an event; no digest where it is not kept."""


class Recent:
    """The places of the newest events. Safe for threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._known, self._lock = most, OrderedDict[EventKey, Known](), threading.Lock()

    def add(self, found: Mapping[EventKey, Known]) -> None:
        with self._lock:
            for key, known in found.items():
                self._known[key] = known
                self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def known(self, keys: Iterable[EventKey]) -> dict[EventKey, Known]:
        with self._lock:
            return {key: self._known[key] for key in keys if key in self._known}
