"""The log of a long-running command: one JSON object a line on standard error.

Our own messages are event names with ids. Of a library's message only its template is told, of an exception only its
kind and place: whatever was filled in may be a customer's.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from klantbeeld.failures import place_of

OURS: Final = ("klantbeeld", "services", "streams", "projections", "api")
MOST_TEMPLATES: Final = 1_000
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


def configure(level: int = logging.INFO) -> None:
    """From here on: our messages from `level` on, libraries' warnings, if `level` lets them through."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)


class Seldom(logging.Filter):
    """What a library says again and again, as a hundred times a second while Kafka is away, once in `every` seconds.

    The line after tells in `times` how often it was said since the one before, itself included.
    """

    def __init__(self, every: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every, self._clock = every, clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if _is_ours(record):
            return True
        what, now = (record.name, str(record.msg)), self._clock()
        last, left_out = self._said.get(what, (-self._every, 0))
        if now - last < self._every:
            self._said[what] = last, left_out + 1
            return False
        if len(self._said) >= MOST_TEMPLATES:
            self._said.clear()
        self._said[what] = now, 0
        if left_out:
            record.times = left_out + 1
        return True


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        ours = _is_ours(record)
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "event": record.getMessage() if ours else str(record.msg).strip(),
            "logger": record.name,
        }
        if ours:
            told |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        elif hasattr(record, "times"):
            told["times"] = record.times
        if record.exc_info and record.exc_info[1]:
            told["error"] = place_of(record.exc_info[1])
        return json.dumps(told, default=str)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS
