"""A replay by several processes gives the very rows that one gives, and counts every record once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from projections import shares
from projections.member import take_share
from projections.rebuild import RebuildReport, rebuild
from projections.shares import Outcome, Share
from services.demo import story
from services.demo.telling import tell
from tests.domain.building import ANNEMIEK, correction
from tests.domain.household import household
from tests.projections.installation import Cloud, Installation

STORY = story(1, datetime(2026, 11, 20, tzinfo=UTC))


class Threads:
    """A team in threads, each with a connection and processors of its own."""

    def __init__(self, installation: Installation, size: int) -> None:
        self._installation, self.size = installation, size
        self.taken: list[Share] = []

    def take(self, shares: Sequence[Share], progress: Callable[[int], None]) -> Sequence[Outcome]:
        self.taken += shares
        with ThreadPoolExecutor(self.size) as team:
            return list(team.map(self._one, shares))

    def _one(self, share: Share) -> Outcome:
        one = self._installation
        connection = one.database.dedicated(share.schema)
        try:
            return take_share(share, connection, one.log, one.keys, one.processors(), lambda _: None)
        finally:
            connection.close()


@pytest.fixture(autouse=True)
def _always_worthwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WORTHWHILE", 1)


def rebuilt(installation: Installation, size: int) -> tuple[RebuildReport, Threads]:
    team = Threads(installation, size)
    report = rebuild(
        installation.database, installation.log, installation.keys, installation.processors, team=team
    )
    return report, team


@pytest.mark.parametrize("size", [2, 3])
def test_several_processes_fill_the_read_models_as_one_would(installation: Installation, size: int) -> None:
    installation.take(household())
    tell(installation.ingest, STORY[:2000])
    installation.settle()
    report, team = rebuilt(installation, size)
    assert [share.number for share in team.taken] == list(range(size))
    assert report.count == 0, report.differences
    assert report.swapped
    assert all(one.balanced for one in report.partitions)
    assert installation.verify().well
    assert installation.all("SELECT partition FROM checkpoint WHERE partition >= %s", shares.FIRST_SLOT) == []


HOUSEHOLD = household()
MENDED = correction(99.0, HOUSEHOLD[0], identifiers=[ANNEMIEK])


@given(clouds=st.permutations([*HOUSEHOLD, MENDED]))
@examples(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_and_with_corrections(reused: Installation, clouds: list[Cloud]) -> None:
    reused.empty()
    reused.take(clouds)
    report, _ = rebuilt(reused, 3)
    assert report.count == 0, report.differences
    assert reused.digest() == reused.expected_digest()
