"""The log of long-running commands: one JSON object a line, and nothing of what libraries fill in."""

import json
import logging
from typing import Any

from klantbeeld.cli.logs import JsonLines


def told(name: str, message: str, *values: object, **more: Any) -> dict[str, Any]:
    record = logging.getLogger(name).makeRecord(
        name, logging.WARNING, "file.py", 1, message, values, more.pop("exc_info", None), extra=more
    )
    line = JsonLines().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_our_events_are_told_with_their_ids() -> None:
    line = told("streams.runner", "processor_waits", processor="timeline", cause="PoolTimeout")
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "event": "processor_waits",
        "logger": "streams.runner",
        "processor": "timeline",
        "cause": "PoolTimeout",
    }


def test_what_a_library_fills_into_its_message_is_left_out() -> None:
    line = told("psycopg.pool", "error with %s", "anna@example.nl", customer="anna@example.nl")
    assert line["event"] == "error with %s"
    assert "anna" not in json.dumps(line)


def test_an_exception_is_told_by_kind_and_place_alone() -> None:
    def fail() -> None:
        raise ValueError("anna@example.nl")

    try:
        fail()
    except ValueError as error:
        line = told("api.edge", "request_failed", exc_info=(type(error), error, error.__traceback__))
    assert line["error"].startswith("ValueError at test_logs.py:")
    assert "anna" not in json.dumps(line)
