"""`klantbeeld config show`: every setting, its value and its origin; secrets stay hidden."""

import argparse

from klantbeeld.cli.output import data, json_data, say
from klantbeeld.settings import PREFIX, load, shown


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="every setting with its value and origin")
    show.add_argument("--json", action="store_true", help="as JSON: {name: {value, origin}}")


def run(arguments: argparse.Namespace) -> int:
    settings = load()
    for name in settings.unknown:
        say(f"note: {PREFIX}{name} is no setting")
    values = shown(settings)
    if arguments.json:
        json_data(values)
        return 0
    width = max(map(len, values))
    for name, one in values.items():
        data(f"{name:{width}}  {one['origin']:11}  {one['value'] or '-'}")
    return 0
