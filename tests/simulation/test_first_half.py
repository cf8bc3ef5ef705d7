"""The first half of ten thousand schedules; two files, so that two processes share them."""

import pytest

from tests.simulation.running import run


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_in_the_first_five_thousand_schedules() -> None:
    report = run(1, range(5000))
    assert [f"--seed 1 --schedule {number}: {wrong}" for number, wrong in report.failed] == []
    assert report.records >= 20 * report.schedules
    assert report.restarts > report.schedules
    assert report.gaps > 0
