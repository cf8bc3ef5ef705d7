"""What a mapping file can say, through the events that it makes of a few rows."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from services.imports import Report, import_csv
from services.imports.mapping import parse_mapping
from tests.services.imports.sinks import MemorySink, written

HEAD = """
mapping: 1
name: desk
source: /import/desk
identifiers: [{type: anonymous, value: "desk:{nr}"}]
"""
ONE_EVENT = """
events:
  - name: call
    type: interaction.recorded
    time: at
    data: {channel: phone, direction: inbound, %s}
"""


def run(tmp_path: Path, mapping: str, *files: str) -> tuple[Report, list[dict[str, Any]]]:
    sink = MemorySink()
    paths = [written(tmp_path, text, f"rows{number}.csv") for number, text in enumerate(files)]
    return import_csv(parse_mapping(mapping), paths, sink), sink.events


def data_of(tmp_path: Path, fields: str, cell: str, head: str = HEAD) -> dict[str, Any]:
    report, events = run(tmp_path, head + ONE_EVENT % fields, f"nr,at,x\n1,2026-02-03T09:00:00Z,{cell}\n")
    assert report.imported == 1, report
    data: dict[str, Any] = events[0]["data"]
    return data


def test_an_event_carries_the_contracts_envelope(tmp_path: Path) -> None:
    _, events = run(
        tmp_path, HEAD + ONE_EVENT % 'subject: "{x}"', "nr,at,x\n1,2026-02-03T09:00:00+01:00,Retour\n"
    )
    event = events[0]
    assert len(event.pop("id")) == 32
    assert event == {
        "specversion": "1.0",
        "source": "/import/desk",
        "type": "klantbeeld.interaction.recorded",
        "time": "2026-02-03T08:00:00Z",
        "history": True,
        "data": {
            "identifiers": [{"type": "anonymous", "value": "desk:1"}],
            "channel": "phone",
            "direction": "inbound",
            "subject": "Retour",
        },
    }


@pytest.mark.parametrize(
    ("fields", "cell", "expected"),
    [
        ('v: "nr {nr} {{x}}: {x}!"', "a", "nr 1 {x}: a!"),
        ('v: "nr {nr}: {x}"', "", None),
        ("v: {column: x, default: none}", " ", "none"),
        ("v: {column: 2}", "a", "a"),
        ("v: {column: x, cut: 2}", "abc", "ab"),
        ("v: {column: x, as: integer}", "042", 42),
        ("v: {column: x, as: amount}", '"1,234.50"', "1234.50"),
        ("v: {column: x, as: number}", "1.5", 1.5),
        ("v: {column: x, as: flag}", "Ja", True),
        ("v: {column: x, as: date}", "2026-02-03T23:30:00", "2026-02-03"),
        (
            "v: {column: x, as: time, formats: '%d/%m/%Y', zone: Europe/Amsterdam}",
            "3/7/2026",
            "2026-07-02T22:00:00Z",
        ),
        ("v: {column: x, as: time, formats: epoch_ms}", "1500", "1970-01-01T00:00:01.500000Z"),
        ("v: {column: x}", '"two\nlines"', "two lines"),
        ("v: {column: x, as: text}", '"two\nlines"', "two\nlines"),
        ('v: {first: ["{x}-", {constant: 7}]}', "", 7),
        ("v: {when: {column: x, in: [a, b]}, then: yes, else: no}", "b", "yes"),
        ("v: {when: {not: {column: x, is: a}}, then: other}", "a", None),
        ("v: {when: {any: [{column: x, is: a}, {column: nr, is: 1}]}, then: hit}", "b", "hit"),
        ("v: {when: {all: [{column: x, is_not: a}, {column: nr, null: false}]}, then: hit}", "b", "hit"),
        ("v: {when: {column: x, not_in: [a]}, then: hit}", "", "hit"),
        ('v: {deep: ["{x}", {deeper: "{x}"}]}', "", None),
        ('v: {deep: ["{x}", {deeper: "{x}"}]}', "a", {"deep": ["a", {"deeper": "a"}]}),
    ],
)
def test_a_value_becomes_what_the_page_on_imports_says(
    tmp_path: Path, fields: str, cell: str, expected: object
) -> None:
    assert data_of(tmp_path, fields, cell).get("v") == expected


def test_a_table_translates_and_an_unknown_word_without_default_rejects_the_row(tmp_path: Path) -> None:
    mapping = HEAD + "tables: {t: {values: {Balie: counter}}}\n" + ONE_EVENT % "v: {column: x, table: t}"
    report, events = run(
        tmp_path, mapping, "nr,at,x\n1,2026-02-03T09:00:00Z,Balie\n2,2026-02-03T09:00:00Z,Loket\n"
    )
    assert [event["data"]["v"] for event in events] == ["counter"]
    assert report.rejected_reasons == {"unknown_value": 1}
    assert report.rejected_lines == {"unknown_value": ["1:3"]}


def test_a_header_that_repeats_a_name_is_read_by_position(tmp_path: Path) -> None:
    mapping = HEAD + "file: {columns: {second: 3}}\n" + ONE_EVENT % 'a: {column: 2}, b: "{second}"'
    _, events = run(tmp_path, mapping, "nr,at,x,x\n1,2026-02-03T09:00:00Z,left,right\n")
    assert (events[0]["data"]["a"], events[0]["data"]["b"]) == ("left", "right")


def test_a_file_without_header_is_read_by_position(tmp_path: Path) -> None:
    mapping = HEAD + "file: {header: false, columns: {nr: 0, at: 1, x: 2}}\n" + ONE_EVENT % 'v: "{x}"'
    report, events = run(tmp_path, mapping, "1,2026-02-03T09:00:00Z,a\n2,2026-02-03T09:00:00Z,b\n")
    assert report.read == 2
    assert [event["data"]["v"] for event in events] == ["a", "b"]


def test_null_tokens_and_spaces_mean_nothing_and_their_identifier_is_left_out(tmp_path: Path) -> None:
    mapping = HEAD.replace("]", ', {type: postal_address, value: "{x}", strength: weak}]')
    mapping += 'file: {nulls: ["?"]}\n' + ONE_EVENT % 'v: "{x}"'
    report, events = run(
        tmp_path,
        mapping,
        "nr,at,x\n1,2026-02-03T09:00:00Z, ? \n2,2026-02-03T09:00:00Z, \n?,2026-02-03T09:00:00Z,?\n",
    )
    assert [event["data"]["identifiers"] for event in events] == [
        [{"type": "anonymous", "value": "desk:1"}],
        [{"type": "anonymous", "value": "desk:2"}],
    ]
    assert report.rejected_reasons == {"no_identifier": 1}


def test_encoding_delimiter_decimal_sign_and_gzip_are_understood(tmp_path: Path) -> None:
    mapping = HEAD + "file: {encoding: cp1252, delimiter: tab, decimal: ','}\n"
    mapping += ONE_EVENT % 'subject: "{naam}", v: {column: x, as: amount}'
    path = tmp_path / "packed"
    path.write_bytes(
        gzip.compress("nr\tat\tnaam\tx\n1\t2026-02-03T09:00:00Z\tZoë\t1.234,5\n".encode("cp1252"))
    )
    sink = MemorySink()
    import_csv(parse_mapping(mapping), [path], sink)
    assert (sink.events[0]["data"]["subject"], sink.events[0]["data"]["v"]) == ("Zoë", "1234.5")


def test_what_no_text_may_hold_is_mended_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"nr,at,x\n1,2026-02-03T09:00:00Z,a\x00b\xff\xed\xa0\x80\n")
    sink = MemorySink()
    report = import_csv(parse_mapping(HEAD + ONE_EVENT % 'v: "{x}"'), [path], sink)
    assert report.repaired == {"unfit_characters": 1}
    assert sink.events[0]["data"]["v"] == "a\ufffdb" + "\ufffd" * 4
    json.dumps(sink.events).encode()


def test_rows_that_cannot_be_read_are_rejected_one_by_one(tmp_path: Path) -> None:
    rows = "nr,at,x\n1,2026-02-03T09:00:00Z,a\n2,2026-02-03T09:00:00Z\n\n3,yesterday,b\n4,,c\n"
    report, _ = run(tmp_path, HEAD + ONE_EVENT % 'v: "{x}"', rows)
    assert (report.read, report.imported) == (5, 1)
    assert report.skipped == {"empty_line": 1}
    assert report.rejected_lines == {"cell_count": ["1:3"], "bad_time": ["1:5"], "no_time": ["1:6"]}


def test_rules_set_rows_aside_with_their_reason(tmp_path: Path) -> None:
    rules = "reject: [{reason: spoiled, when: {column: x, is: bad}}]\n"
    rules += "skip: [{reason: trial, when: {column: x, is: test}}]\n"
    rows = "nr,at,x\n" + "".join(
        f"{n},2026-02-03T09:00:00Z,{x}\n" for n, x in enumerate(("ok", "bad", "test"))
    )
    report, _ = run(tmp_path, HEAD + rules + ONE_EVENT % 'v: "{x}"', rows)
    assert (report.imported, report.rejected_reasons, report.skipped) == (1, {"spoiled": 1}, {"trial": 1})


def test_a_row_of_which_no_event_holds_is_skipped_and_one_broken_event_stops_the_whole_row(
    tmp_path: Path,
) -> None:
    events = """
events:
  - {name: a, type: visit.recorded, time: at, when: {column: x, is_not: quiet}}
  - {name: b, type: visit.recorded, time: x, sequence: 2, when: {column: x, is_not: quiet}}
"""
    cells = ("quiet", "never", "2026-02-04T09:00:00Z")
    rows = "nr,at,x\n" + "".join(f"{n},2026-02-03T09:00:00Z,{x}\n" for n, x in enumerate(cells))
    report, made = run(tmp_path, HEAD + events, rows)
    assert (report.skipped, report.rejected_reasons, report.events) == ({"no_event": 1}, {"bad_time": 1}, 2)
    assert sorted(event.get("sequence", 0) for event in made) == [0, 2]
