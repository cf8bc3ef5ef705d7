"""The harness judges rightly: what is lost or doubled is seen, and a run is the same for the same seed."""

from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.catalogue import CATALOGUE, drawn
from tests.faults.ground import PARTS
from tests.faults.judge import Verdict, count
from tests.faults.load import AGAIN, LATE, Shuffled, workload
from tests.faults.run import Injected, Outcome, Plan

PLAN = Plan(faults=[], events=0, seed=1)


def test_an_accepted_event_without_an_entry_is_lost_and_one_with_two_is_doubled() -> None:
    assert count({"a": 1, "b": 2, "d": 1}, ["a", "b", "c"]) == (1, 1)
    assert count({"a": 1, "b": 1}, ["a", "b"]) == (0, 0)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(), "lost 0, doubled 0"),
        (Verdict(lost=2), "lost 2, doubled 0"),
        (Verdict(problems=["one"]), "lost 0, doubled 0, and 1 other problems"),
    ],
)
def test_the_last_line_is_only_clean_when_all_is_well(verdict: Verdict, said: str) -> None:
    assert str(verdict) == said
    assert verdict.well == (said == "lost 0, doubled 0")


def test_the_same_seed_draws_the_same_faults_and_another_seed_others() -> None:
    names = [fault.name for fault in drawn(100, PARTS, 7)]
    assert names == [fault.name for fault in drawn(100, PARTS, 7)]
    assert names != [fault.name for fault in drawn(100, PARTS, 8)]


def test_every_kind_of_fault_is_drawn_where_there_is_room() -> None:
    assert {fault.name for fault in drawn(100, [*PARTS, "elasticsearch"], 3)} == {
        one.name for one in CATALOGUE
    }
    assert not [fault for fault in drawn(100, PARTS, 3) if fault.part not in PARTS]
    assert not [fault for fault in drawn(15, PARTS, 3, brief=True) if fault.lasting]


def test_a_disturbed_load_sends_every_event_of_the_workload_and_some_twice() -> None:
    shuffled = Shuffled(seed=5)
    sent = [event for _ in range(50) for event in shuffled.next(10)]
    for disturbance in (AGAIN, LATE):
        shuffled.order(disturbance, 40)
        sent += shuffled.next(10) + shuffled.next(10)
    sent += shuffled.rest()
    wanted = list(workload(5).events(shuffled.given))
    assert set(sent) == set(wanted)
    assert len(sent) > len(wanted)
    assert sent != sorted(sent, key=wanted.index)


def test_the_table_names_each_fault_with_its_recovery() -> None:
    found = Outcome(
        PLAN, [Injected("broker killed", 1.0, 2.0, 0, 0), Injected("broker killed", 3.0, 9.0, 0, 0)]
    )
    assert "| broker killed | 2 | 0 | 0 | 1.0, 3.0, 3.0 | 2.0, 9.0, 9.0 |" in report.table(found)


def test_the_table_replaces_its_own_part_of_a_page_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    page.write_text("# Reliability\n\nThe simulator.\n")
    report.written(page, Outcome(PLAN, [Injected("broker killed", 1.0, 2.0, 0, 0)]))
    page.write_text(page.read_text() + "\nMore.\n")
    report.written(page, Outcome(PLAN, [Injected("worker killed", 1.0, 2.0, 0, 0)]))
    text = page.read_text()
    assert text.startswith("# Reliability\n\nThe simulator.\n")
    assert text.endswith("\nMore.\n")
    assert "worker killed" in text
    assert "broker killed" not in text
    assert text.count(report.BEGIN) == text.count(report.END) == 1
