"""`klantbeeld import`: history from files; it ends when what it stored can be read."""

import argparse
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from klantbeeld.bootstrap import System
    from services.imports import Report

USAGE: Final = 2
INTERRUPTED: Final = 130
_SECONDS_BETWEEN_LINES: Final = 5.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="+",
        metavar="FORMAT FILE",
        help="a format and its files; with --mapping the files alone",
    )
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE.yaml", help="how the columns of any CSV become events"
    )
    parser.add_argument(
        "--own-address", action="append", default=[], metavar="ADDRESS", help="mail from here is outbound"
    )
    parser.add_argument(
        "--own-domain", action="append", default=[], metavar="DOMAIN", help="the same for a whole domain"
    )
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="write the rejected rows there, customers' data included"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--no-resume", action="store_true", help="begin at the first row, also after a kill")
    parser.epilog = "Formats: boston311, servicenow, cfpb, mbox, eml. Mapping files: see docs/imports.md."


def run(arguments: argparse.Namespace) -> int:
    from services.imports import format_named, load_mapping

    files = [Path(word) for word in arguments.words[arguments.mapping is None :]]
    if not files:
        say("name at least one file: klantbeeld import FORMAT FILE…")
        return USAGE
    chosen = arguments.mapping or format_named(arguments.words[0])
    if arguments.mapping:
        load_mapping(arguments.mapping)  # what is wrong with it is told before anything starts
    return _run(arguments, chosen, files)


def _run(arguments: argparse.Namespace, chosen: Any, files: list[Path]) -> int:
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs
    from klantbeeld.cli.serving import interrupted_by_sigterm
    from klantbeeld.settings import load
    from streams.everything import for_serving

    logs.configure(logging.WARNING)
    interrupted_by_sigterm()
    try:
        with opened(load()) as system, for_serving(system) as runners:
            report, seconds = _timed(lambda: _imported(arguments, chosen, files, system))
            _, more = _timed(lambda: _processed(runners, _to_process_here(system)))
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where this one was.")
        return INTERRUPTED
    _tell(report, arguments.json)
    say(_speed(report, seconds, more))
    return 0


def _imported(arguments: argparse.Namespace, chosen: Any, files: list[Path], system: "System") -> "Report":
    from services.imports import OwnSide, ResumeFolder, progress_on, run_import
    from services.imports.log_sink import LogSink
    from services.imports.rejects import WARNING

    if arguments.rejects:
        say(WARNING.format(path=arguments.rejects))
    state = ResumeFolder(system.settings.data_dir / "imports", system.log.log_id())
    return run_import(
        chosen,
        files,
        LogSink(system.ingest),
        own=OwnSide.of(arguments.own_address, arguments.own_domain),
        progress=progress_on(sys.stderr),
        state=None if arguments.no_resume else state,
        rejects_path=arguments.rejects,
    )


def _to_process_here(system: "System") -> Mapping[int, int]:
    """On a Kafka log the workers process what was stored, whenever they run."""
    return {} if system.settings.kafka_bootstrap else system.log.ends()


def _processed(runners: Any, ends: Mapping[int, int]) -> None:

    while not runners.catch_up(ends, timeout=_SECONDS_BETWEEN_LINES):
        say(f"{runners.missing(ends):,} events to process")


def _timed(task: Callable[[], Any]) -> tuple[Any, float]:
    began = perf_counter()
    return task(), perf_counter() - began


def _tell(report: "Report", as_json: bool) -> None:
    if as_json:
        json_data(report.as_json())
        return
    data(f"{report.read:12,} rows read")
    data(f"{report.imported:12,} imported")
    data(f"{report.rejected:12,} rejected")
    for code, count in report.rejected_reasons.most_common():
        data(f"{'':12}   {count:,} {code}, such as {', '.join(report.rejected_lines.get(code, [])[:3])}")
    data(f"{report.skipped.total():12,} skipped")
    for reason, count in report.skipped.most_common():
        data(f"{'':12}   {count:,} {reason}")
    data(f"{report.events:12,} events")
    data(f"{report.stored:12,} stored")
    data(
        f"{report.duplicates:12,} duplicates"
        + (f", {report.differs:,} with other content" if report.differs else "")
    )
    for code, count in report.repaired.most_common():
        data(f"{count:12,} rows mended: {code}")


def _speed(report: "Report", seconds: float, more: float) -> str:
    rate = report.events / seconds if seconds else 0.0
    return f"{report.events:,} events in {seconds:.1f} s ({rate:,.0f} a second); readable {more:.1f} s later"
