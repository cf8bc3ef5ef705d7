"""The log of long-running commands: one JSON object a line, and nothing of what libraries fill in."""

import json
import logging
import subprocess
import sys
from typing import Any

from klantbeeld.cli.logs import JsonLines, Seldom


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


def said(seldom: Seldom, name: str, message: str, *values: object) -> dict[str, Any] | None:
    record = logging.getLogger(name).makeRecord(name, logging.ERROR, "file.py", 1, message, values, None)
    return json.loads(JsonLines().format(record)) if seldom.filter(record) else None


def test_what_a_library_repeats_is_told_now_and_then_with_how_often() -> None:
    now = [0.0]
    seldom = Seldom(every=10, clock=lambda: now[0])
    first = said(seldom, "aiokafka", "Unable to connect to %s", "one")
    assert first is not None
    assert "times" not in first
    assert [said(seldom, "aiokafka", "Unable to connect to %s", n) for n in range(99)] == [None] * 99
    assert said(seldom, "aiokafka", "Another message")
    now[0] = 10.0
    later = said(seldom, "aiokafka", "Unable to connect to %s", "two")
    assert later is not None
    assert later["times"] == 100
    assert said(seldom, "aiokafka", "Unable to connect to %s", "two") is None


def test_our_own_events_are_all_told() -> None:
    seldom = Seldom(clock=lambda: 0.0)
    assert all(said(seldom, "streams.runner", "batch_failed") for _ in range(5))


LIBRARIES = """
import logging
from klantbeeld.cli.logs import configure
configure(logging.{level})
logging.getLogger("elastic_transport.node").error("Connection failed: %s", "one")
logging.getLogger("klantbeeld.log").error("broker_away")
"""


def test_libraries_are_as_quiet_as_we_are() -> None:
    """In a process of its own: a test's logging belongs to the test runner."""
    said = {
        level: subprocess.run(
            [sys.executable, "-c", LIBRARIES.format(level=level)], capture_output=True, text=True, check=True
        ).stderr
        for level in ("CRITICAL", "INFO")
    }
    assert said["CRITICAL"] == ""
    assert "Connection failed" in said["INFO"]
    assert "broker_away" in said["INFO"]
