"""Every known bug, put back, is caught: a simulator that sees nothing would prove nothing."""

import pytest

from tests.simulation.group import Parts
from tests.simulation.log import NaiveLog
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.running import first_failure, run

SEED = 1


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.bug.replace(" ", "_") for one in MUTATIONS])
def test_a_known_bug_is_caught(mutation: Mutation) -> None:
    with mutation.applied():
        assert first_failure(SEED, mutation.within, mutation.parts)


def test_the_fence_notices_a_reader_that_goes_past_what_is_not_committed_yet() -> None:
    report = run(SEED, range(100), Parts(log=NaiveLog))
    assert report.failed == []
    assert report.gaps > run(SEED, range(100)).gaps
