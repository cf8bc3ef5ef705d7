"""Records as Kafka messages: nothing is lost on the way, and nothing foreign gets through or breaks the reader."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.log.kafka.wire import SOURCE, UNREADABLE, Unreadable, message_of, record_from
from klantbeeld.log.record import Draft, Flags
from tests.contracts.log.drafts import draft

ids = st.uuids().map(str)
zones = st.just(UTC) | st.integers(-12 * 60, 14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
times = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=zones)
drafts = st.builds(
    Draft,
    event_key=ids,
    type=st.sampled_from(sorted(CATALOGUE)),
    channel=st.none() | st.sampled_from(["phone", "whatsapp", "other"]),
    direction=st.none() | st.sampled_from(["inbound", "outbound"]),
    occurred_at=times,
    sequence=st.integers(-(1 << 63), (1 << 63) - 1),
    owner=ids,
    tokens=st.lists(ids, max_size=6).map(tuple),
    flags=st.sampled_from([Flags.NONE, Flags.HISTORY, Flags.AUTO, Flags.HISTORY | Flags.AUTO]),
    digest=st.binary(max_size=32),
    sealed=st.binary(max_size=300),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            sorted(name for name, _ in message_of(draft(1, channel="phone"), datetime.now(UTC))[2])
        )
        | st.text(max_size=10),
        st.none() | st.binary(max_size=40) | st.sampled_from([SOURCE, b"1.0", b"klantbeeld.visit.recorded"]),
    )
)


@given(draft=drafts, recorded_at=times, partition=st.integers(0, 99), offset=st.integers(0, 1 << 40))
def test_a_record_comes_back_as_it_was_drafted(
    draft: Draft, recorded_at: datetime, partition: int, offset: int
) -> None:
    record = record_from(partition, offset, *message_of(draft, recorded_at))
    assert {name: getattr(record, name) for name in Draft.__dataclass_fields__} == {
        name: getattr(draft, name) for name in Draft.__dataclass_fields__
    }
    assert (record.partition, record.position, record.recorded_at) == (partition, offset, recorded_at)
    assert record.recorded_at.tzinfo is UTC


@given(
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=40),
    found=st.none() | headers,
)
def test_a_foreign_message_is_named_as_such_and_raises_nothing_else(key: Any, value: Any, found: Any) -> None:
    with pytest.raises(Unreadable) as told:
        record_from(3, 14, key, value, found)
    assert (told.value.partition, told.value.offset) == (3, 14)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("ce_id", b"order-1"),
        ("ce_tokens", b"+31612345601"),
        ("ce_tokens", b"00000000-0000-0000-0000-000000000000,"),
        ("ce_type", b"klantbeeld.Visit\x00"),
        ("ce_channel", "téléphone".encode()),
        ("ce_time", b"2026-11-10T09:00:00"),
        ("ce_time", b"yesterday"),
        ("ce_recordedat", b"\xff"),
        ("ce_sequence", b"9223372036854775808"),
        ("ce_sequence", b"first"),
        ("ce_flags", b"-1"),
        ("ce_flags", b"40000"),
        ("ce_digest", b"0x"),
        ("ce_source", b"/shop"),
        ("ce_specversion", b"0.3"),
    ],
)
def test_a_header_that_ours_never_have_is_refused(header: str, text: bytes) -> None:
    key, value, found = message_of(draft(1, channel="phone"), datetime.now(UTC))
    with pytest.raises(Unreadable):
        record_from(0, 0, key, value, [*found, (header, text)])


def test_what_stands_in_for_a_foreign_message_keeps_its_place_and_has_a_name_of_its_own() -> None:
    one, other = (Unreadable(0, offset, "").stand_in for offset in (1, 2))
    assert (one.partition, one.position, one.type) == (0, 1, UNREADABLE)
    assert one.event_key != other.event_key
    assert UNREADABLE not in CATALOGUE


def test_times_travel_in_utc() -> None:
    amsterdam = datetime.fromisoformat("2026-11-10T10:00:00+01:00")
    found = dict(message_of(draft(1, occurred_at=amsterdam), amsterdam.astimezone(UTC)).headers)
    assert found["ce_time"] == b"2026-11-10T09:00:00+00:00"


def test_a_message_shows_no_more_than_a_record_does() -> None:
    """The names of the CloudEvents Kafka binding, and the sealed bytes as value."""
    message = message_of(draft(1, channel="phone", direction="inbound"), datetime.now(UTC))
    assert message.key == draft(1).owner.encode()
    assert message.value == draft(1).sealed
    assert sorted(name for name, _ in message.headers) == sorted(
        f"ce_{name}"
        for name in (
            *(
                "specversion",
                "id",
                "source",
                "type",
                "time",
                "recordedat",
                "sequence",
                "channel",
                "direction",
            ),
            *("tokens", "flags", "digest"),
        )
    )
