"""`klantbeeld rebuild`: the read models computed anew beside the live ones, compared, and put in their place."""

import argparse
import logging

from klantbeeld.cli.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="only compare: exit 1 where there are differences"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs, replaying
    from klantbeeld.settings import load
    from projections.rebuild import rebuild
    from streams.replayers import Replayers

    logs.configure(logging.WARNING)
    with opened(load(), renew=not arguments.check) as system:
        report = rebuild(
            system.database,
            system.log,
            system.keys,
            system.processors,
            swap=not arguments.check,
            progress=replaying.progress(),
            team=Replayers(system.settings),
        )
    replaying.tell(report, arguments.json, {"swapped": report.swapped, "records": report.records})
    say(f"{report.rate:,.0f} records a second; {'swapped' if report.swapped else 'nothing was changed'}")
    return int(bool(arguments.check and report.count))
