"""`klantbeeld schemas`: the JSON Schemas of all events, for those who build a connector."""

import argparse
import json
from pathlib import Path

from klantbeeld.cli.output import json_data, say
from klantbeeld.domain.events.schema import all_schemas, event_schema


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write a file each, NAME.VERSION.json (absent: all to stdout)"
    )


def run(arguments: argparse.Namespace) -> int:
    schemas = {(name, version): event_schema(name, version) for name, version in all_schemas()}
    if arguments.out is None:
        json_data({schema["$id"]: schema for schema in schemas.values()})
        return 0
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for (name, version), schema in schemas.items():
            text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
            (arguments.out / f"{name}.{version}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        say(f"error cannot_write: {arguments.out} ({error.strerror})")
        return 1
    say(f"{len(schemas)} schemas in {arguments.out}")
    return 0
