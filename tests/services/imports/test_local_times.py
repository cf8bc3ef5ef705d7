"""Local times into UTC, clock changes included."""

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.imports.local_times import TimeFormat, TimeReader

ZONES = (
    "America/New_York",
    "Europe/Amsterdam",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
    "Asia/Kolkata",
)
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2060, 1, 1))


def read(text: str, zone: str, *, second: bool = False, pattern: str = "iso") -> str:
    return TimeReader(TimeFormat(patterns=(pattern,), zone=zone, second_hour=second))(text)


@given(st.sampled_from(ZONES), MOMENTS, st.timedeltas(timedelta(), timedelta(days=2)), st.booleans())
@example("America/New_York", datetime(2011, 3, 13, 2, 59), timedelta(minutes=1), False)
@example("America/New_York", datetime(2011, 11, 6, 1, 59), timedelta(minutes=1), False)
@example("Australia/Lord_Howe", datetime(2011, 10, 2, 2, 10), timedelta(minutes=5), True)
def test_a_later_local_time_is_never_an_earlier_instant(
    zone: str, start: datetime, step: timedelta, second: bool
) -> None:
    reader = TimeReader(TimeFormat(patterns=("iso",), zone=zone, second_hour=second))
    assert reader.instant(start.isoformat()) <= reader.instant((start + step).isoformat())


@pytest.mark.parametrize(
    ("local", "second", "expected"),
    [
        ("2011-03-13T02:00:00", False, "2011-03-13T07:00:00Z"),
        ("2011-03-13T02:30:00", False, "2011-03-13T07:00:00Z"),
        ("2011-03-13T03:00:00", False, "2011-03-13T07:00:00Z"),
        ("2011-11-06T01:30:00", False, "2011-11-06T05:30:00Z"),
        ("2011-11-06T01:30:00", True, "2011-11-06T06:30:00Z"),
        ("2059-07-01T12:00:00", False, "2059-07-01T16:00:00Z"),
    ],
)
def test_a_skipped_time_is_the_jump_and_a_repeated_one_is_the_first_unless_asked(
    local: str, second: bool, expected: str
) -> None:
    assert read(local, "America/New_York", second=second) == expected


@given(MOMENTS.map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_the_fast_reader_reads_what_strptime_reads(moment: datetime) -> None:
    pattern = "%d/%m/%Y %H:%M"
    text = f"{moment.day}/{moment.month}/{moment:%Y %H:%M}"
    assert read(text, "UTC", pattern=pattern) == datetime.strptime(text, pattern).isoformat() + "Z"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d/%m/%Y", "31/2/2026"),
        ("%d/%m/%Y", "٣/2/2026"),
        ("%d/%m/%Y", "1/2/2026 "),
        ("iso", "today"),
        ("epoch", "1e99"),
    ],
)
def test_what_is_no_time_is_refused(pattern: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(text, "Europe/Amsterdam", pattern=pattern)


def test_a_time_with_an_offset_needs_no_zone() -> None:
    assert read("2026-02-03T09:00:00+05:30", "Europe/Amsterdam") == "2026-02-03T03:30:00Z"
