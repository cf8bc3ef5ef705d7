"""The log of a long-running command: one JSON object a line on standard error.

Our own messages are event names with ids. Of a library's message only its template is told, of an exception only its
kind and place: whatever was filled in may be a customer's.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from klantbeeld.failures import place_of

OURS: Final = ("klantbeeld", "services", "streams", "projections", "api")
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


def configure(level: int = logging.INFO) -> None:
    """From here on: our messages from `level` on, libraries' warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] in OURS
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "event": record.getMessage() if ours else str(record.msg).strip(),
            "logger": record.name,
        }
        if ours:
            told |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            told["error"] = place_of(record.exc_info[1])
        return json.dumps(told, default=str)
