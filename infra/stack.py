"""The local stack without Docker: Kafka, Elasticsearch and PostgreSQL, started, watched over and stopped by one command.

    python infra/stack.py up [--dir DIR] [--parts kafka,elasticsearch,postgresql] [--owner PID] [--json]
    python infra/stack.py down [--dir DIR]
    python infra/stack.py fetch
    python infra/stack.py start|stop|kill PART [--dir DIR]

Run it with the Python in which klantbeeld is installed. Settings go to stdout, messages to stderr.
"""

import argparse
import hashlib
import json
import shlex
import sys
from pathlib import Path

from klantbeeld.postgres_server import ServerError
from local import artefacts, elasticsearch_node, kafka_broker, postgresql_server, running
from local.folder import Folder
from local.problems import StackError

PARTS = {part.NAME: part for part in (elasticsearch_node, postgresql_server, kafka_broker)}
"""The slowest first: they start side by side."""


def main() -> int:
    options = _options()
    folder = Folder(options.dir)
    try:
        _COMMANDS[options.command](folder, options)
    except (StackError, ServerError, OSError) as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser(
        "up", help="start what is not running, wait until it answers, print the settings"
    )
    up.add_argument("--parts", type=_parts, default=list(PARTS), help="which, separated by commas (all)")
    up.add_argument("--owner", type=int, help="end the stack when this process ends, however it ends")
    up.add_argument("--json", action="store_true", help="the settings as one JSON object")
    fetch = commands.add_parser(
        "fetch", help="only bring the programs here, which the first `up` does otherwise"
    )
    down = commands.add_parser("down", help="stop everything and remove its data")
    one = [
        commands.add_parser(name, help=f"{name} one part; its port and data stay")
        for name in ("start", "stop", "kill")
    ]
    watch = commands.add_parser("watch", help="end the stack when its owner ends (`up --owner` starts this)")
    watch.add_argument("--owner", type=int, required=True)
    for command in one:
        command.add_argument("part", choices=sorted(PARTS))
    for command in (up, fetch, down, watch, *one):
        command.add_argument(
            "--dir", type=Path, default=_default_dir(), help="where it keeps everything (%(default)s)"
        )
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    asked = text.split(",")
    if unknown := set(asked) - PARTS.keys():
        raise argparse.ArgumentTypeError(f"no part is called {', '.join(sorted(unknown))}")
    return [name for name in PARTS if name in asked]


def _default_dir() -> Path:
    """One for each checkout."""
    checkout = Path(__file__).resolve().parents[1]
    return artefacts.cache_folder() / f"stack-{hashlib.sha256(bytes(checkout)).hexdigest()[:8]}"


def _up(folder: Folder, options: argparse.Namespace) -> None:
    with folder.locked():
        running.up(folder, [PARTS[name] for name in options.parts], options.owner)
        settings = _settings(folder, options.parts)
    if options.json:
        print(json.dumps(settings | {"dir": str(folder.path)}))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in settings.items()))


def _settings(folder: Folder, names: list[str]) -> dict[str, str]:
    settings = {"KLANTBEELD_MASTER_KEY": folder.master_key()}
    for name in names:
        settings |= PARTS[name].variables(folder.notes()[name])
    return settings


def _down(folder: Folder, _: argparse.Namespace) -> None:
    if folder.exists():
        with folder.locked():
            running.down(folder, PARTS.values())


def _fetch(*_: object) -> None:
    for part in PARTS.values():
        part.check()


def _one(folder: Folder, options: argparse.Namespace) -> None:
    if options.part not in folder.notes():
        raise StackError(f"{options.part} was never started in {folder.path}: run `up` first.")
    with folder.locked():
        part = PARTS[options.part]
        if options.command == "start":
            running.start(folder, [part])
        else:
            getattr(part, options.command)(folder)


def _watch(folder: Folder, options: argparse.Namespace) -> None:
    running.wait_for_the_end_of(options.owner)
    _down(folder, options)


_COMMANDS = {
    "up": _up,
    "fetch": _fetch,
    "down": _down,
    "start": _one,
    "stop": _one,
    "kill": _one,
    "watch": _watch,
}

if __name__ == "__main__":
    sys.exit(main())
