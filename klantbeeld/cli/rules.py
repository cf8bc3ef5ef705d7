"""`klantbeeld rules`: put identity rules in force by an event in the log, and show those that are."""

import argparse
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from klantbeeld.bootstrap import System
    from klantbeeld.cli.rules_file import RulesFile
    from klantbeeld.domain.events.event import FoldOrder
    from klantbeeld.settings import Settings
    from projections.ruling import InForce

USAGE: Final = 2
SOURCE: Final = "/rules"
DEFAULT: Final = "default"
"""The version of the rules that come along."""
WAIT: Final = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    change = actions.add_parser(
        "apply", help="put the rules of a file in force, for all events, past ones too"
    )
    change.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="absent: identity.yaml in KLANTBEELD_RULES_DIR"
    )
    change.add_argument("--json", action="store_true", help="the outcome as JSON")
    change.set_defaults(action=_apply)
    show = actions.add_parser("show", help="the rules in force, since when, and by which event")
    show.add_argument("--json", action="store_true", help="as JSON, with every limit")
    show.set_defaults(action=_show)


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.cli import logs
    from klantbeeld.settings import load

    logs.configure(logging.WARNING)
    return int(arguments.action(arguments, load()))


def _apply(arguments: argparse.Namespace, settings: "Settings") -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli.rules_file import NAME, read
    from streams.everything import for_serving

    path = arguments.file or (settings.rules_dir and settings.rules_dir / NAME)
    if path is None:
        say(f"name a file, or set KLANTBEELD_RULES_DIR to the folder that holds {NAME}")
        return USAGE
    file = read(path, settings.region)
    with opened(settings) as system, for_serving(system) as runners:
        before = _in_force(system)
        if _says_the_same(file, before, system):
            _tell(arguments.json, before.version if before else DEFAULT, changed=False, in_force=True)
            return 0
        order, position = _append(system, file, before)
        passed = _wait(system, order, position, runners.halted)
        after = _in_force(system)
    in_force = after is not None and after.order == order
    _tell(arguments.json, file.version, changed=True, in_force=in_force)
    if in_force:
        return 0
    if not passed:
        say("It comes into force when a worker has processed it: `klantbeeld work timeline`.")
        return 0
    holds = after.version if after else DEFAULT
    if after and after.order > order:
        say(f"{holds} was recorded meanwhile with a later time, and is in force.")
    else:
        say(f"It was processed and did not come into force; {holds} is. See `klantbeeld dead-letters list`.")
    return 1


def _says_the_same(file: "RulesFile", before: "InForce | None", system: "System") -> bool:
    """Whether the very same rules are in force already, under the file's name for them if it has one."""
    rules, version = (before.rules, before.version) if before else (system.rules, DEFAULT)
    return file.rules == rules and (not file.named or file.version == version)


def _append(
    system: "System", file: "RulesFile", before: "InForce | None"
) -> "tuple[FoldOrder, Mapping[int, int]]":
    """Record the event, later in fold order than what is in force; answers its place there and in the log.

    Raises `Invalid`.
    """
    from klantbeeld.domain.events.event import FoldOrder
    from klantbeeld.domain.problems import Invalid
    from klantbeeld.domain.ruling import CHANGED, IDENTITY
    from klantbeeld.domain.times import to_text
    from klantbeeld.ingest.sender import Sender
    from klantbeeld.log import positions

    at = (
        max(datetime.now(UTC), before.order.occurred_at + timedelta(microseconds=1))
        if before
        else datetime.now(UTC)
    )
    order = FoldOrder(at, 0, SOURCE, str(uuid4()))
    event = {
        "specversion": "1.0",
        "id": order.id,
        "source": SOURCE,
        "type": f"klantbeeld.{CHANGED}",
        "time": to_text(at),
        "data": {"kind": IDENTITY, "version": file.version, "document": file.document},
    }
    receipt = system.ingest.accept([json.dumps(event).encode()], Sender(name="rules", opens=(CHANGED,)))
    if receipt.results[0].status == "rejected":
        raise Invalid(str(receipt.results[0].code), receipt.results[0].detail or "")
    return order, positions.from_text(str(receipt.position))


def _wait(
    system: "System", order: "FoldOrder", position: "Mapping[int, int]", halted: Callable[[], Any]
) -> bool:
    """Until the event was processed; no longer than `WAIT` seconds where workers have to run for that, and may not.
    Answers whether it was.
    """
    from projections.reading.problems import NotYetVisible
    from streams.running import LineHalted

    began = time.monotonic()
    while (found := _in_force(system)) is None or found.order < order:
        try:
            system.reads.wait_for(position)
            return True
        except NotYetVisible:
            waited = time.monotonic() - began
        if reasons := halted():
            raise LineHalted(", ".join(reasons))
        if system.settings.kafka_bootstrap and waited > WAIT:
            return False
        say(f"recorded; processors need a while: {waited:.0f} s")
    return True


def _in_force(system: "System") -> "InForce | None":
    from projections.ruling import in_force

    with system.database.connection() as connection:
        return in_force(connection)


def _tell(as_json: bool, version: str, *, changed: bool, in_force: bool) -> None:
    if as_json:
        json_data({"version": version, "changed": changed, "in_force": in_force})
    elif not changed:
        data(f"{version} is in force already; nothing was changed")
    elif in_force:
        data(f"{version} is in force")
    else:
        data(f"{version} is recorded")


def _show(arguments: argparse.Namespace, settings: "Settings") -> int:
    from klantbeeld.bootstrap import opened

    with opened(settings) as system:
        shown = _shown(_in_force(system), system)
    if arguments.json:
        json_data(shown)
    else:
        data(_as_file(shown))
    return 0


def _shown(found: "InForce | None", system: "System") -> dict[str, Any]:
    from klantbeeld.domain.times import to_text

    rules = found.rules if found else system.rules
    return {
        "kind": "identity",
        "version": found.version if found else DEFAULT,
        "since": to_text(found.order.occurred_at) if found else None,
        "recorded_at": to_text(found.recorded_at) if found else None,
        "event": {"source": found.order.source, "id": found.order.id} if found else None,
        "document": found.document if found else {},
        "limits": rules.limits,
    }


def _as_file(shown: dict[str, Any]) -> str:
    """What `rules apply` would read."""
    import yaml

    event = shown["event"]
    by = f"since {shown['since']}, by {event['source']} {event['id']}" if event else "as they come along"
    document = {"version": shown["version"], **shown["document"]} if event else {}
    listed = yaml.safe_dump(document, allow_unicode=True, sort_keys=False).rstrip() if document else "{}"
    return f"# identity rules {shown['version']}, {by}\n{listed}"
