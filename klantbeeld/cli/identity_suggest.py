"""`klantbeeld identity suggest`: all suggestions at once, which the processors' side keeps up to date by itself."""

import argparse
import logging

from klantbeeld.cli.output import data, json_data


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the counts as JSON")


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs
    from klantbeeld.settings import load
    from projections.suggestions.computing import Computing

    logs.configure(logging.WARNING)
    with opened(load()) as system:
        computing = Computing(system.database, system.names)
        computing.everything()
        counts = computing.counts()
    if arguments.json:
        json_data(counts)
    else:
        data(
            f"{counts['people']:,} people described, {counts['compared']:,} pairs compared,"
            f" {counts['suggestions']:,} likely the same"
        )
    return 0
