"""What the planner knows of new tables."""

from streams.statistics import MARKS, Statistics
from tests.domain.building import cloud
from tests.projections.installation import Installation
from tests.projections.test_timeline_properties import KIOSK


def looked_at(installation: Installation) -> object:
    """When the timeline's table was last looked at because somebody said so."""
    found = installation.one("SELECT last_analyze FROM pg_stat_user_tables WHERE relid = 'entry'::regclass")
    return found[0]


def test_tables_that_have_grown_are_told_to_the_planner_before_it_looks_by_itself(
    installation: Installation,
) -> None:
    installation.take([cloud("visit.recorded", number, KIOSK) for number in range(600)])
    before, statistics = looked_at(installation), Statistics()
    statistics.after(installation.connection, MARKS[0] - 1)
    assert looked_at(installation) == before
    statistics.after(installation.connection, 1)
    after = looked_at(installation)
    assert after not in (None, before)
    Statistics().after(installation.connection, MARKS[0])
    assert looked_at(installation) == after
