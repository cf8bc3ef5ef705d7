"""`klantbeeld identity simulate`: what other rules would do to who is who. Nothing is written."""

import argparse
import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from projections.simulation import Changes, Effect

FIRST: Final = 20
MOVED: Final = ("agreements", "follow_ups", "orders", "entries")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", type=Path, required=True, metavar="FILE", help="the rules to try")
    parser.add_argument(
        "--first", type=_number, default=FIRST, metavar="N", help=f"customers named, by id (absent: {FIRST})"
    )
    parser.add_argument("--json", action="store_true", help="the effect as JSON")


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs
    from klantbeeld.cli.rules_file import read
    from klantbeeld.settings import load
    from projections.simulation import simulate

    logs.configure(logging.WARNING)
    settings = load()
    file = read(arguments.rules, settings.region)
    with opened(settings) as system:
        effect = simulate(system.database, system.rules, file.rules, system.clock(), limit=arguments.first)
    if arguments.json:
        json_data(_plain(effect, file.version))
    else:
        for line in _table(effect, file.version):
            data(line)
    say("nothing was changed")
    return 0


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise argparse.ArgumentTypeError("must be a whole number")
    return int(text)


def _plain(effect: "Effect", version: str) -> dict[str, Any]:
    return {
        "rules": {"in_force": effect.version or "default", "tried": version},
        "customers": {"before": effect.customers_before, "after": effect.customers_after},
        "merged": asdict(effect.merged),
        "split": asdict(effect.split),
        "identifiers": {type_: asdict(one) for type_, one in effect.identifiers.items()},
        "moved": {name: getattr(effect, name) for name in MOVED},
    }


def _table(effect: "Effect", version: str) -> Iterator[str]:
    yield f"{'rules':18}{effect.version or 'default'} in force, {version} tried"
    yield f"{'customers':18}{effect.customers_before:,} now, {effect.customers_after:,} then"
    yield f"{'merged':18}{effect.merged.count:,} customers would come of several"
    yield f"{'split':18}{effect.split.count:,} customers would become several"
    for name in MOVED:
        label = f"open {name.replace('_', '-')}" if name in ("agreements", "follow_ups") else name
        yield f"{label:18}{getattr(effect, name):,} would belong to another customer, or to nobody"
    for type_, one in effect.identifiers.items():
        counts = (f"{number:,} {name.replace('_', ' ')}" for name, number in asdict(one).items() if number)
        yield f"{type_:18}{', '.join(counts)}"
    yield from _listed("merged", "with", effect.merged)
    yield from _listed("split", "into", effect.split)


def _listed(title: str, word: str, changes: "Changes") -> Iterator[str]:
    for one in changes.first:
        types = ", ".join(f"{number} {type_}" for type_, number in one.identifiers.items())
        yield f"{title} {one.customer_id}  {types}  {word} {' '.join(one.others)}"
    if changes.count > len(changes.first):
        yield f"… and {changes.count - len(changes.first):,} more {title}"
