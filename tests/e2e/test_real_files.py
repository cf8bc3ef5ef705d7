"""Real files through the whole installation: every row explained, any order the same, in both modes.

Parts of the files: enough for every kind of row. The whole files are held against their sources without an
installation in `tests/services/imports`.
"""

import csv
import gzip
import io
from pathlib import Path
from random import Random

import pytest

from tests.e2e.commands import report
from tests.e2e.looks import look, system_on, until_processed
from tests.e2e.modes import Mode

BOSTON = "boston311/service_requests_2011_q3.csv.gz"
SERVICENOW = "servicenow/incident_events_even.csv.gz"
ROWS = 1000


def rows_of(path: Path) -> tuple[str, list[str]]:
    """The header, and the first rows; in these files a row is a line."""
    header, *rows = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines(keepends=True)
    return header, rows[:ROWS]


def part(folder: Path, name: str, header: str, rows: list[str]) -> str:
    path = folder / f"{name}.csv"
    path.write_text(header + "".join(rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("form", "file"), [("boston311", BOSTON), ("servicenow", SERVICENOW)])
def test_once_twice_or_shuffled_in_two_halves_the_content_is_the_same(
    shared_data: Path, tmp_path: Path, mode_on_database: Mode, form: str, file: str
) -> None:
    header, rows = rows_of(shared_data / file)
    whole = part(tmp_path, "whole", header, rows)
    Random(7).shuffle(rows)
    halves = [part(tmp_path, str(half), header, rows[half::2]) for half in (0, 1)]

    first, second = mode_on_database.new(), mode_on_database.new()
    with mode_on_database.working(first):
        told = report(form, whole, **first)
        seen = look(**first)
        assert told["read"] == ROWS == told["imported"] + sum(told["skipped"].values())
        assert told["stored"] == told["events"] == seen.entries == seen.types.total()
        assert seen.dead == 0
        again = report(form, whole, **first)
        assert (again["stored"], again["duplicates"], again["differs"]) == (0, told["events"], 0)
        assert look(**first) == seen
    with mode_on_database.working(second):
        shuffled = [report(form, half, **second) for half in halves]
        assert sum(half["stored"] for half in shuffled) == told["events"]
        assert look(**second) == seen


def test_each_boston_agreement_is_judged_as_the_city_judged_it(
    shared_data: Path, tmp_path: Path, mode_on_database: Mode
) -> None:
    header, rows = rows_of(shared_data / BOSTON)
    settings = mode_on_database.new()
    report("boston311", part(tmp_path, "whole", header, rows), **settings)
    promised = [row for row in csv.DictReader(io.StringIO(header + "".join(rows))) if row["target_dt"]]
    assert len(promised) > ROWS / 2
    with mode_on_database.working(settings), system_on(**settings) as system:
        until_processed(system)

        def verdict(case: str) -> str:
            found = system.reads.lookup([("anonymous", f"boston311:{case}")])
            assert found.who
            [agreement] = system.reads.listed(found.who.customer_id, "agreement")["items"]
            return {"kept": "ONTIME", "broken": "OVERDUE"}[agreement["state"]]

        ours = {row["case_enquiry_id"]: verdict(row["case_enquiry_id"]) for row in promised}
    judged = {row["case_enquiry_id"]: row["ontime"] for row in promised if row["ontime"]}
    assert {case: ours[case] for case in judged} == judged
