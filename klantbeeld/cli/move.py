"""`klantbeeld move`: carries a log that lies in PostgreSQL over to Kafka, and proves that nothing changed."""

import argparse
import logging
import sys
from typing import TYPE_CHECKING, Final

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from klantbeeld.moving import MoveReport

USAGE: Final = 2
INTERRUPTED: Final = 130


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.cli import logs
    from klantbeeld.settings import load

    settings = load()
    if settings.kafka_bootstrap is None:
        say(
            "error needs_kafka: set KLANTBEELD_KAFKA_BOOTSTRAP, KLANTBEELD_DATABASE_URL and KLANTBEELD_MASTER_KEY"
        )
        return USAGE
    from klantbeeld.cli.moving import steps_on
    from klantbeeld.cli.serving import interrupted_by_sigterm
    from klantbeeld.moving import move

    logs.configure(logging.WARNING)
    interrupted_by_sigterm()
    try:
        with steps_on(sys.stderr) as steps:
            report = move(settings, steps)
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where this one was.")
        return INTERRUPTED
    return _tell(report, arguments.json)


def _tell(report: "MoveReport | None", as_json: bool) -> int:
    if as_json:
        json_data(report.told() if report else {"moved": False, "records": 0, "published": 0})
    elif report:
        _show(report)
    say(_conclusion(report) if report else "nothing to move")
    return int(report is not None and not report.well)


def _show(report: "MoveReport") -> None:
    from klantbeeld.cli import replaying

    data(f"{report.records:12,} records in {report.source}")
    data(f"{report.published:12,} published by this run")
    data(f"{report.dead_letters:12,} dead letters, at their new places")
    if report.recovered:
        data(f"{report.recovered:12,} dead letters that can be processed by now")
    if report.before:
        data(f"content digest {report.before} before")
    replaying.tell(report.verified, False)
    if report.aside:
        data(
            f"the old records lie in {report.aside}: drop that table when a backup of the new installation is made"
        )


def _conclusion(report: "MoveReport") -> str:
    if report.well:
        damaged = "; records that were damaged before are damaged still" if report.damaged else ""
        return f"moved: the read models are what they were{damaged}"
    if not report.same:
        return (
            "not moved: the read models are not what they were. Without KLANTBEELD_KAFKA_BOOTSTRAP run `klantbeeld "
            "rebuild`, then move again"
        )
    return "not moved: verification found differences; `klantbeeld move` goes on when they are mended"
