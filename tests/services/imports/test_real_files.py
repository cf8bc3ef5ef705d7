"""The public data sets: every row is accounted for, and what the events say agrees with the source."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.imports import Report, format_named, import_csv, load_mapping, run_import
from services.imports.mapping import parse_mapping
from tests.services.imports.sinks import MemorySink, written

BOSTON = "boston311/service_requests_2011_q3.csv.gz"
SERVICENOW = "servicenow/incident_events_even.csv.gz"
CFPB = "cfpb/complaints_3186.csv"
MAIL = "email/spamassassin_ham_400.tar.gz"


@cache
def imported(name: str, path: Path) -> tuple[Report, list[dict[str, Any]]]:
    sink = MemorySink()
    report = run_import(format_named(name), [path], sink)
    assert report.stored == len(sink.kept) == report.events
    return report, sink.events


def types(events: list[dict[str, Any]]) -> Counter[str]:
    return Counter(event["type"].removeprefix("klantbeeld.") for event in events)


def test_boston_every_verdict_agrees_with_the_citys(shared_data: Path) -> None:
    report, events = imported("boston311", shared_data / BOSTON)
    assert (report.read, report.imported, report.rejected, report.skipped.total()) == (31828, 31828, 0, 0)
    due = {
        e["data"]["agreement_id"]: e["data"]["due_at"] for e in events if e["type"].endswith("agreement.made")
    }
    done = {e["data"]["agreement_id"]: e["time"] for e in events if e["type"].endswith("agreement.kept")}
    with gzip.open(shared_data / BOSTON, "rt", encoding="utf-8", newline="") as file:
        rows = {f"boston311:{row['case_enquiry_id']}": row for row in csv.DictReader(file)}
    assert set(due) == {name for name, row in rows.items() if row["target_dt"]}
    assert set(done) == {name for name, row in rows.items() if row["target_dt"] and row["closed_dt"]}
    blank = [name for name in due if not rows[name]["ontime"]]
    verdicts = {name: "ONTIME" if name in done and done[name] <= due[name] else "OVERDUE" for name in due}
    assert not [name for name in due if name not in blank and verdicts[name] != rows[name]["ontime"]]
    assert (len(due), len(blank)) == (26815, 83)


def test_boston_says_nothing_of_who_asked_and_little_of_where(shared_data: Path) -> None:
    _, events = imported("boston311", shared_data / BOSTON)
    assert types(events) == {
        "interaction.recorded": 31828,
        "agreement.made": 26815,
        "agreement.kept": 25183,
        "conversation.resolved": 30081,
    }
    requests = [event["data"] for event in events if event["type"].endswith("recorded")]
    assert all(data["identifiers"][0]["type"] == "anonymous" for data in requests)
    addresses = [data["identifiers"][1] for data in requests if len(data["identifiers"]) > 1]
    assert {address["strength"] for address in addresses} == {"weak"}
    assert len(requests) - len(addresses) == 1375
    assert Counter((data["channel"], data["direction"]) for data in requests) == {
        ("phone", "inbound"): 15281,
        ("other", "internal"): 10604,
        ("web", "inbound"): 4503,
        ("app", "inbound"): 1385,
        ("system", "internal"): 54,
        ("social", "inbound"): 1,
    }


def test_servicenow_has_no_unexplained_row(shared_data: Path) -> None:
    report, events = imported("servicenow", shared_data / SERVICENOW)
    assert (report.read, report.imported, report.rejected) == (72484, 62295, 0)
    assert report.skipped == {"still_new": 10186, "state_not_told": 3}
    assert types(events) == {
        "interaction.recorded": 12731,
        "conversation.waiting": 7943,
        "conversation.continued": 16682,
        "conversation.reopened": 749,
        "conversation.resolved": 25919,
    }
    assert {event["data"]["identifiers"][0]["type"] for event in events} == {"crm:servicenow"}


def test_servicenow_conversations_end_as_their_last_row_says(shared_data: Path) -> None:
    """Folded in the contract's order, by time and then `sequence`, for a quarter of them change within a
    minute."""
    _, events = imported("servicenow", shared_data / SERVICENOW)
    lives = defaultdict(list)
    for event in events:
        place = (event["time"], event.get("sequence", 0), event["source"], event["id"])
        lives[event["data"]["conversation_id"]].append((place, event["type"].rpartition(".")[2]))
    ends = Counter(max(life)[1] for life in lives.values())
    assert len(lives) == 12735
    assert ends["resolved"] >= 12730
    assert ends.total() == 12735


def test_cfpb_identical_complaints_are_one(shared_data: Path) -> None:
    report, events = imported("cfpb", shared_data / CFPB)
    assert (report.read, report.imported, report.rejected, report.skipped) == (
        3186,
        3175,
        0,
        {"identical": 11},
    )
    assert types(events) == {
        "interaction.recorded": 3175,
        "interaction.classified": 6350,
        "conversation.handed_over": 3175,
    }
    assert len({event["data"]["identifiers"][0]["value"] for event in events}) == 3175


def test_four_hundred_real_mails_come_through(shared_data: Path) -> None:
    report, events = imported("eml", shared_data / MAIL)
    assert (report.read, report.imported, report.events) == (400, 400, 400)
    assert all(event["data"]["identifiers"][0]["type"] == "email" for event in events)
    assert all(event["time"].startswith("2002-") for event in events)
    assert sum(event["data"].get("auto") == "list" for event in events) == 316
    json.dumps(events).encode()


@pytest.mark.parametrize(
    ("name", "path"), [("boston311", BOSTON), ("servicenow", SERVICENOW), ("cfpb", CFPB)]
)
def test_two_halves_in_another_order_are_the_same_events(
    shared_data: Path, tmp_path: Path, name: str, path: str
) -> None:
    raw = (shared_data / path).read_bytes()
    text = (gzip.decompress(raw) if path.endswith("gz") else raw).decode("utf-8")
    header, *lines = text.splitlines(keepends=True)
    halves = [header + "".join(lines[half::2][::-1]) for half in (1, 0)]
    whole, split = MemorySink(), MemorySink()
    run_import(format_named(name), [shared_data / path], whole)
    run_import(
        format_named(name), [written(tmp_path, half, f"{n}.csv") for n, half in enumerate(halves)], split
    )
    assert whole.kept == split.kept


def test_every_shipped_event_is_one_that_the_contract_knows() -> None:
    catalogue = pytest.importorskip("klantbeeld.domain.events.catalogue")
    names = {
        event.type for name in ("boston311", "servicenow", "cfpb") for event in load_mapping(name).events
    }
    assert names <= set(catalogue.CATALOGUE)


def test_the_worked_example_does_what_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "imports.md").read_text("utf-8")
    rows = page.split("```csv\n")[1].split("```")[0]
    mapping = parse_mapping(page.split("```yaml\n")[1].split("```")[0])
    sink = MemorySink()
    report = import_csv(mapping, [written(tmp_path, rows)], sink)
    assert (report.read, report.imported, report.events) == (3, 2, 4)
    assert report.rejected_lines == {"bad_time": ["1:4"]}
    assert sink.events[1]["data"]["due_at"] == "2026-02-03T16:00:00Z"
