"""Ids and the account hold for any rows, in any order, over any files."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.imports import import_csv
from services.imports.csv_import import CsvSource
from services.imports.mapping import parse_mapping
from services.imports.row_events import canonical
from tests.services.imports.sinks import MemorySink

MAPPING = parse_mapping("""
mapping: 1
name: desk
source: /import/desk
file: {header: false, nulls: ["?"]}
identifiers: [{type: anonymous, value: "desk:{@row}"}]
reject: [{reason: spoiled, when: {column: 0, is: bad}}]
skip: [{reason: trial, when: {column: 0, is: test}}]
events:
  - name: a
    type: visit.recorded
    time: {column: 1}
    when: {column: 0, is_not: quiet}
    data: {page: "{@row}"}
  - name: b
    type: visit.recorded
    time: {column: 1}
    when: {column: 0, is: twice}
    data: {page: {column: 2}}
""")
FIRST = st.sampled_from(["bad", "test", "quiet", "twice", "once", "?", ""])
TIMES = st.sampled_from(["2026-02-03T09:00:00Z", "2026-02-03T09:00", "", "never"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=4)
ROWS = st.lists(st.tuples(FIRST, TIMES, TEXTS), min_size=1, max_size=30)


def quoted(row: Sequence[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"


def imported(files: Sequence[Sequence[Sequence[str]]], **refusing: Any) -> tuple[MemorySink, Any]:
    sink = MemorySink(**refusing)
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.csv" for number in range(len(files))]
        for path, rows in zip(paths, files, strict=True):
            path.write_text("".join(map(quoted, rows)), "utf-8", newline="")
        return sink, import_csv(MAPPING, paths, sink)


@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 29))
def test_order_and_files_change_no_event(rows: list[tuple[str, ...]], random: Any, cut: int) -> None:
    shuffled = random.sample(rows, len(rows))
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    whole, report = imported([rows])
    split, report_of_parts = imported(parts)
    assert whole.kept == split.kept
    assert (report.read, report.imported, report.skipped) == (
        report_of_parts.read,
        report_of_parts.imported,
        report_of_parts.skipped,
    )


@given(ROWS, st.sampled_from(["twice", "once", "none"]))
def test_the_account_adds_up_whatever_the_log_refuses(rows: list[tuple[str, ...]], refused: str) -> None:
    sink, report = imported(
        [rows, rows], refuse=lambda event: "no_thanks" if event["data"].get("page") == refused else None
    )
    assert report.read == report.imported + report.rejected + report.skipped.total() == 2 * len(rows)
    assert report.events == report.stored + report.duplicates
    assert report.stored == len(sink.kept)
    assert report.skipped["identical"] >= len(rows)
    assert type(report).from_json(report.as_json()) == report


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=4), min_size=2, max_size=2))
def test_different_rows_have_different_canonical_texts(pair: list[list[str]]) -> None:
    left, right = pair
    assert (canonical(left) == canonical(right)) == (left == right)


def test_the_same_row_under_another_file_name_has_the_same_id() -> None:
    row = ("twice", "2026-02-03T09:00:00Z", "x")
    sink, report = imported([[("once", "2026-02-03T09:00:00Z", "y"), row], [row]])
    assert (report.imported, report.skipped, len(sink.kept)) == (2, {"identical": 1}, 3)


def test_ids_stay_what_they_are(tmp_path: Path) -> None:
    """Imports of years ago are known by these: a change here would double every one of them."""
    path = tmp_path / "rows.csv"
    path.write_text("once,2026-02-03T09:00:00Z,Zoë\n", "utf-8")
    source = CsvSource(MAPPING, [path])
    outcome = source.convert(next(source.units()))
    event = msgspec.json.decode(outcome.events[0])  # type: ignore[union-attr]
    assert event["id"] == "cffe6f51515e4c72161c64bed9e4a951"
    assert event["data"]["page"] == "27c2a4be1c54b933628c622dcf6a17fe"
