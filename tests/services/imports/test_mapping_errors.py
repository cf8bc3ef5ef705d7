"""A wrong mapping file is refused with a code, a line and a key."""

import re
from pathlib import Path

import pytest

from services.imports import ImportFailed, MappingError, import_csv, load_mapping
from services.imports.mapping import parse_mapping
from tests.services.imports.sinks import MemorySink, written

GOOD = """mapping: 1
name: desk
source: /import/desk
times: {zone: Europe/Amsterdam, formats: "%d-%m-%Y %H:%M"}
identifiers:
  - {type: anonymous, value: "desk:{nr}"}
events:
  - name: call
    type: interaction.recorded
    time: at
    data: {subject: "{x}"}
"""
CASES = [
    ("name: desk", "name: [desk", "mapping_syntax", None),
    ("name: desk", "name: &a desk", "mapping_reference", 2),
    ("name: desk", "name: desk\nname: other", "mapping_repeated_key", 3),
    ("name: desk", "name: desk\nnames: x", "mapping_unknown_key", 3),
    ("source: /import/desk\n", "", "mapping_missing_key", 1),
    ("source: /import/desk", "source: desk", "mapping_bad_name", 3),
    ("mapping: 1", "mapping: 2", "mapping_unknown_version", 1),
    ("Europe/Amsterdam", "Europe/Atlantis", "mapping_unknown_zone", 4),
    ("%d-%m-%Y %H:%M", "%d-%m %H:%M", "mapping_unknown_format", 4),
    ("%d-%m-%Y %H:%M", "%Q", "mapping_unknown_format", 4),
    ('subject: "{x}"', 'subject: "{x"', "mapping_bad_template", 11),
    ('subject: "{x}"', 'subject: "{}"', "mapping_bad_template", 11),
    ('subject: "{x}"', "subject: {column: x, table: t}", "mapping_unknown_table", 11),
    ('subject: "{x}"', "subject: {column: x, as: text, cut: much}", "mapping_wrong_kind", 11),
    ('subject: "{x}"', "subject: {column: x, as: money}", "mapping_unknown_word", 11),
    ('subject: "{x}"', "subject: ", "mapping_no_value", 11),
    ('subject: "{x}"', 'identifiers: ["{x}"]', "mapping_unknown_key", 11),
    ("    time: at", "    time: at\n    when: {column: x, is: a, in: [b]}", "mapping_bad_condition", 11),
    ('identifiers:\n  - {type: anonymous, value: "desk:{nr}"}\n', "", "mapping_no_identifier", 6),
    ("times:", "file: {encoding: klingon}\ntimes:", "mapping_unknown_encoding", 4),
]


@pytest.mark.parametrize(("good", "bad", "code", "line"), CASES)
def test_a_mistake_is_named_with_its_code_and_line(good: str, bad: str, code: str, line: int | None) -> None:
    assert good in GOOD
    with pytest.raises(MappingError) as caught:
        parse_mapping(GOOD.replace(good, bad, 1))
    assert caught.value.code == code
    assert line is None or caught.value.line == line
    assert code in str(caught.value)


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(MappingError, match="mapping_repeated_name"):
        parse_mapping(GOOD + "  - {name: call, type: visit.recorded, time: at}\n")


@pytest.mark.parametrize(
    ("header", "code"), [("nr,at", "mapping_unknown_column"), ("nr,at,x,x", "mapping_ambiguous_column")]
)
def test_a_file_that_does_not_fit_stops_the_import_before_the_first_row(
    tmp_path: Path, header: str, code: str
) -> None:
    fits = written(tmp_path, "nr,at,x\n1,03-02-2026 09:00,a\n", "fits.csv")
    sink = MemorySink()
    with pytest.raises(MappingError) as caught:
        import_csv(parse_mapping(GOOD), [fits, written(tmp_path, header + "\n")], sink)
    assert (caught.value.code, caught.value.where, caught.value.line) == (code, "events[0].data.subject", 11)
    assert not sink.batches


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\x1f\x8b\x08broken", "unreadable_file"),
        (b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 40, "unreadable_file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFailed) as caught:
        import_csv(parse_mapping(GOOD), [path], MemorySink())
    assert caught.value.code == code


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="mapping_unreadable"):
        load_mapping(tmp_path / "none.yaml")


def test_yes_no_and_dates_are_texts() -> None:
    """In YAML 1.1 they would turn into flags and dates, and match no cell."""
    changed = GOOD.replace("    time: at", "    time: at\n    when: {column: x, in: [Yes, no, 2026-01-01]}")
    assert parse_mapping(changed).events[0].when


def test_every_code_stands_in_the_page_on_imports() -> None:
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs" / "imports.md").read_text("utf-8")
    source = "".join(path.read_text("utf-8") for path in (root / "services" / "imports").glob("*.py"))
    raised = set(re.findall(r"(?:rror|Failed|BadCell|Rejected|Skipped)\(\s*\"([a-z_]+)\"", source))
    assert len(raised) > 25
    assert not {code for code in raised if f"`{code}`" not in page}
