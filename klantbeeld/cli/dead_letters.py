"""`klantbeeld dead-letters`: what could not be processed, why, and what to do with it."""

import argparse
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from klantbeeld.bootstrap import System
    from projections.dead_letters import DeadLetter

STATES = ("open", "retried", "discarded", "all")
WARNING = "note: what follows is a customer's data"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="dead letters, oldest first")
    listing.add_argument("--state", choices=STATES, default="open", help="absent: open")
    listing.add_argument("--after", type=int, default=0, metavar="ID", help="only those that came later")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="absent: 100")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(action=_list)
    show = actions.add_parser("show", help="all that is known of one")
    show.add_argument("id", type=int)
    show.add_argument("--event", action="store_true", help="the event itself, with the customer's data in it")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(action=_show)
    for name, does, action in (
        ("retry", "process their records now", _retry),
        ("discard", "leave them out of the read models for good", _discard),
    ):
        change = actions.add_parser(name, help=does)
        change.add_argument("id", type=int, nargs="+")
        change.set_defaults(action=action)


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs
    from klantbeeld.settings import load

    logs.configure(logging.WARNING)
    with opened(load()) as system:
        return int(arguments.action(arguments, system))


def _list(arguments: argparse.Namespace, system: "System") -> int:
    from projections.dead_letters import letters

    state = None if arguments.state == "all" else arguments.state
    found = letters(system.database, state=state, after=arguments.after, limit=arguments.limit)
    if arguments.json:
        json_data([_plain(one) for one in found])
        return 0
    for one in found:
        data(f"{one.id}  {_line(one)}")
    say(f"{len(found)} dead letters")
    return 0


def _show(arguments: argparse.Namespace, system: "System") -> int:
    from projections.dead_letters import letter, opened

    found = letter(system.database, arguments.id)
    if arguments.event:
        raw = opened(system.log, system.keys, found)
        say(WARNING)
        data(raw.decode("utf-8", "backslashreplace"))
    elif arguments.json:
        json_data(_plain(found))
    else:
        for name, value in _plain(found).items():
            data(f"{name:13} {'-' if value is None else value}")
    return 0


def _retry(arguments: argparse.Namespace, system: "System") -> int:
    from projections.dead_letters import retry

    return _each(
        arguments.id, lambda id: retry(system.database, system.log, system.keys, system.processors(), id)
    )


def _discard(arguments: argparse.Namespace, system: "System") -> int:
    from projections.dead_letters import discard

    return _each(arguments.id, lambda id: discard(system.database, id))


def _each(ids: list[int], change: "Callable[[int], DeadLetter]") -> int:
    """Exit 1 when one of them is open afterwards."""
    still_open = 0
    for id in ids:
        found = change(id)
        still_open += found.state == "open"
        data(f"{found.id}  {_line(found)}")
    return int(still_open > 0)


def _line(one: "DeadLetter") -> str:
    place = f"{one.processor} {one.partition}.{one.position}"
    return f"{one.state:9}  {one.reason}  {one.type}  {place}  attempts {one.attempts}"


def _plain(one: "DeadLetter") -> dict[str, Any]:
    from klantbeeld.domain.times import to_text

    at = {"set_aside_at": to_text(one.set_aside_at), "settled_at": one.settled_at and to_text(one.settled_at)}
    return asdict(one) | at
