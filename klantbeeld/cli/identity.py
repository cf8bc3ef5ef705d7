"""`klantbeeld identity`: who is who, looked at as a whole. Each action is a module with `configure` and `run`."""

import argparse
from importlib import import_module

from klantbeeld.cli.registry import Command

ACTIONS = (
    Command("simulate", "klantbeeld.cli.identity_simulate", "what other rules would do; nothing is changed"),
    Command("suggest", "klantbeeld.cli.identity_suggest", "compare everybody now, for likely-same customers"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in ACTIONS:
        module = import_module(action.module)
        inner = actions.add_parser(action.name, help=action.does, description=action.does)
        module.configure(inner)
        inner.set_defaults(action=module.run)


def run(arguments: argparse.Namespace) -> int:
    return int(arguments.action(arguments))
