"""A source that usually speaks and is silent is named; one that is merely quiet at this hour is not."""

from datetime import UTC, datetime, timedelta

import pytest

from projections.reading.silence import Silent, silent
from projections.sources import expected, hour_of
from tests.domain.building import ANNEMIEK, Cloud, cloud
from tests.projections.installation import Installation

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY_AND_NIGHT = dict.fromkeys(range(168), 40)
OFFICE_HOURS = {day * 24 + hour: 40 for day in range(5) for hour in range(9, 17)}


def weeks(number: float) -> datetime:
    return MONDAY + timedelta(weeks=number)


def test_the_week_begins_on_monday() -> None:
    assert [hour_of(MONDAY), hour_of(MONDAY + timedelta(days=6, hours=23, minutes=59))] == [0, 167]


def test_each_whole_silent_hour_counts_with_its_usual_events() -> None:
    last = weeks(4) + timedelta(minutes=30)
    assert expected(MONDAY, last, DAY_AND_NIGHT, last + timedelta(hours=3, minutes=30)) == pytest.approx(
        30, rel=0.1
    )


def test_a_part_of_an_hour_does_not_count() -> None:
    last = weeks(4) + timedelta(minutes=30)
    assert expected(MONDAY, last, DAY_AND_NIGHT, last + timedelta(minutes=89)) == 0


def test_a_night_without_events_is_usual_for_who_works_in_office_hours() -> None:
    friday_evening = weeks(3) + timedelta(days=4, hours=17)
    before_opening = weeks(4) + timedelta(hours=9)
    assert expected(MONDAY, friday_evening, OFFICE_HOURS, before_opening) == 0
    assert expected(MONDAY, friday_evening, OFFICE_HOURS, before_opening + timedelta(hours=2)) > 10


def test_nothing_is_usual_within_the_first_week() -> None:
    last = MONDAY + timedelta(days=6)
    assert expected(MONDAY, last, DAY_AND_NIGHT, last + timedelta(days=30)) == 0


def spoken(installation: Installation) -> None:
    """The connector of the test has spoken each hour for four weeks, until five hours ago."""
    installation.run(
        "UPDATE source SET first_at = now() - interval '4 weeks', last_at = now() - interval '5 hours'"
    )
    installation.run("DELETE FROM source_hour")
    installation.run(
        "INSERT INTO source_hour SELECT source, partition, hour, 40 FROM source, generate_series(0, 167) AS hour"
    )


def visit(n: int, **more: object) -> Cloud:
    return cloud("visit.recorded", n, ANNEMIEK, id=f"visit {n}", source="/shop", page="/help") | more


def test_a_silent_source_is_named_with_its_last_word(installation: Installation) -> None:
    installation.take([visit(1)])
    now = datetime.now(UTC)
    assert silent(installation.connection, now) == []
    spoken(installation)
    [found] = silent(installation.connection, now)
    assert isinstance(found, Silent)
    assert found.source == "/shop"
    assert timedelta(hours=4.9) < now - found.since < timedelta(hours=5.1)


def test_imported_history_says_nothing_about_when_a_source_speaks(installation: Installation) -> None:
    installation.take([visit(1, history=True)])
    assert installation.all("SELECT * FROM source") == []


def test_every_event_counts_once_in_its_hour(installation: Installation) -> None:
    installation.take([visit(n) for n in range(5)], [visit(n) for n in range(7)])
    assert installation.one("SELECT sum(events) FROM source_hour") == (7,)
    assert installation.verify().well
