"""`klantbeeld verify`: whether the log is whole, every record accounted for, and every row what the log says."""

import argparse
import logging

from klantbeeld.cli.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs, replaying
    from klantbeeld.settings import load
    from projections.verify import verify
    from streams.replayers import Replayers

    logs.configure(logging.WARNING)
    with opened(load()) as system:
        report = verify(
            system.database,
            system.log,
            system.keys,
            system.names,
            system.processors,
            progress=replaying.progress(),
            team=Replayers(system.settings),
        )
    replaying.tell(report, arguments.json)
    say(
        "all is well"
        if report.well
        else "not all is well; `klantbeeld rebuild` computes the read models anew"
    )
    return int(not report.well)
