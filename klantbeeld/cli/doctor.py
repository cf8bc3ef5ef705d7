"""`klantbeeld doctor`: whether everything this installation needs is there and well, and the mend of what is not."""

import argparse
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from klantbeeld.doctor import Finding


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="as JSON: {well, checks: [{level, name, what, mend}]}"
    )


def run(arguments: argparse.Namespace) -> int:
    from klantbeeld.cli import logs

    logs.configure(logging.CRITICAL)
    found = []
    for finding in _findings():
        found.append(finding)
        if not arguments.json:
            data(line(finding))
    well = all(one.level != "fail" for one in found)
    if arguments.json:
        json_data({"well": well, "checks": [one.told() for one in found]})
    counts = {level: sum(one.level == level for one in found) for level in ("fail", "warn")}
    say(f"{len(found)} checks: {counts['fail']} failed, {counts['warn']} to look at")
    return int(not well)


def _findings() -> "Iterable[Finding]":
    from klantbeeld.bootstrap import utc_now
    from klantbeeld.doctor import Finding, examine
    from klantbeeld.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError as error:
        return [Finding(level="fail", name="settings", what=error.code, mend=str(error))]
    return examine(settings, utc_now)


def line(finding: "Finding") -> str:
    """One line, whatever was told."""
    mend = f"; mend: {finding.mend}" if finding.mend else ""
    return " ".join(f"{finding.level:4}  {finding.name}: {finding.what}{mend}".splitlines())
