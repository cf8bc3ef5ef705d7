"""From arguments to exit code: finds the command, runs it, and tells errors in one line."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from klantbeeld.cli.output import say
from klantbeeld.cli.registry import COMMANDS
from klantbeeld.failures import place_of

FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Never raises: every outcome is an exit code."""
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
        return code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:
        say(told(error))
        return FAILED


def told(error: Exception) -> str:
    """One line: the code and message of an error we know; of any other its kind and place, not its message."""
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        return f"error internal_error: {place_of(error)}"
    message = str(error).removeprefix(code).lstrip(": ").removesuffix(f" ({code})")
    return f"error {code}: {message}" if message else f"error {code}"


def _run(argv: list[str]) -> int:
    parser = _parser(argv)
    arguments = parser.parse_args(argv)
    if arguments.run is None:
        parser.print_help(sys.stderr)
        return USAGE
    return int(arguments.run(arguments))


def _parser(argv: list[str]) -> argparse.ArgumentParser:
    """Knows the names of all commands, and the options of the one that is asked for."""
    parser = argparse.ArgumentParser(prog="klantbeeld", description="One timeline for each customer.")
    parser.add_argument("--version", action="version", version=_version())
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    asked = next((argument for argument in argv if not argument.startswith("-")), None)
    for command in COMMANDS:
        inner = commands.add_parser(command.name, help=command.does, description=command.does)
        if command.name == asked:
            module = import_module(command.module)
            module.configure(inner)
            inner.set_defaults(run=module.run)
    return parser


def _version() -> str:
    try:
        return version("klantbeeld")
    except PackageNotFoundError:
        return "unknown: not installed"


def _reader_left() -> int:
    """Whoever read our output closed it, as `head` does; Python would complain once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
