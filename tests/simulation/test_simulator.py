"""The simulator itself: one seed is one schedule, everything that may happen does, and the oracle is the picture's."""

import os
import subprocess
import sys
from random import Random

import pytest

from klantbeeld.domain.picture import picture
from tests.domain.building import RULES, decode
from tests.guards.checkout import ROOT
from tests.simulation.__main__ import main
from tests.simulation.checks import folded
from tests.simulation.faults import KINDS
from tests.simulation.mutations import HOLES_PASS, Mutation
from tests.simulation.running import told
from tests.simulation.worlds import story

WORDS = (
    "takes",
    "begins with",
    "swallows",
    "again",
    "is killed",
    "is stopped",
    "freezes",
    "too",
    "ends a session",
    "goes away",
    "starts again",
    "gap_in_log",
    "is found stalled",
)


def test_one_seed_and_number_is_one_schedule_in_every_process() -> None:
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-m", "tests.simulation", "--seed", "5", "--schedule", "3"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        answer = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=True, text=True
        )
        assert answer.stdout.splitlines() == ["seed 5", *told(5, 3).steps, "all is well"]


def test_all_that_may_go_wrong_goes_wrong_in_some_schedule() -> None:
    steps = " ".join(step for number in range(300) for step in told(1, number).steps)
    assert [kind for kind in KINDS if f"{kind} at" not in steps] == []
    assert [word for word in WORDS if word not in steps] == []


def test_what_entities_are_compared_with_is_the_plain_picture() -> None:
    for seed in range(20):
        events = story(Random(seed), 2).events.values()
        whole = picture([one.event for one in events], RULES, decode).entities
        assert {place[1:]: entity for place, entity in folded(events).items()}.items() <= whole.items()


def test_a_failure_names_the_seed_and_the_schedule_that_show_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Mutation("", (HOLES_PASS,)).applied():
        assert main(["--schedules", "20", "--seed", "1", "--processes", "1"]) == 1
        failing = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("--seed"))
        arguments, _, wrong = failing.partition(": ")
        assert main(arguments.split()) == 1
        assert wrong.partition("; ")[0] in capsys.readouterr().out
