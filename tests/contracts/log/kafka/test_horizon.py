"""The horizon never claims more than is true: below its ends lies everything that was accepted before its moment."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from klantbeeld.log.kafka.horizon import Horizon, Seen
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.port import LogUnavailable, Placed
from klantbeeld.log.positions import SPOOL
from klantbeeld.log.postgres.database import APPEND_LOCK, SPOOL_LOCK, Database
from tests.contracts.log.brokers import Broker, everything, kafka_log
from tests.contracts.log.drafts import draft
from tests.waiting import until


@pytest.fixture
def log(broker: Broker, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[KafkaLog]:
    monkeypatch.setattr("klantbeeld.log.kafka.horizon.FORGOTTEN_FOR", 0)  # the server of these tests is young
    with kafka_log(broker, database, partitions=2, behind=True, patience=0.7) as log:
        yield log


def look(log: KafkaLog) -> Seen:
    found: list[Seen] = []

    def looked() -> bool:
        with suppress(LogUnavailable):  # a broker that was frozen a moment ago may have no leader yet
            found.extend(filter(None, [log.horizon.look()]))
        return bool(found)

    until(looked)
    return found[0]


def test_nothing_accepted_before_the_moment_ever_lies_beyond_the_ends(log: KafkaLog, broker: Broker) -> None:
    """Four callers append, the broker is frozen for a while, and snapshots are taken all the time."""
    seen: list[Seen] = []
    ending = threading.Event()

    def watch() -> None:
        while not ending.is_set():
            try:
                seen.extend(filter(None, [log.horizon.look()]))
            except LogUnavailable:
                continue

    def call(caller: int) -> None:
        for number in range(60):
            log.append([draft(caller * 1000 + number, owner=draft(number).event_key)], epoch=0)

    with ThreadPoolExecutor(5) as pool:
        watching = pool.submit(watch)
        callers = [pool.submit(call, caller) for caller in range(4)]
        until(lambda: sum(log.ends().values()) > 40)
        with broker.frozen():
            until(lambda: log.away)
        for caller in callers:
            caller.result()
        until(lambda: not log.away and len(everything(log)) >= 240)
        ending.set()
        watching.result()
    first = {}
    for record in sorted(everything(log), key=lambda record: record.position):
        first.setdefault(record.event_key, record)
    assert len(first) == 240
    assert len(seen) > 10
    for one in seen:
        beyond = [r for r in first.values() if r.position >= one.ends[r.partition]]
        assert all(record.recorded_at >= one.moment for record in beyond)


def test_it_moves_on_while_nothing_happens_and_past_what_was_appended(log: KafkaLog) -> None:
    assert log.horizon.as_of({0: 0, 1: 0}) is None
    (placed,) = log.append([draft(1)], epoch=0)
    assert isinstance(placed, Placed)
    first = look(log)
    assert first.moment > placed.recorded_at
    assert look(log).moment > first.moment
    assert log.horizon.as_of(first.ends) == log.horizon.as_of({0: 9, 1: 9})
    assert log.horizon.as_of({0: 0, 1: 0}) is None


def test_it_tells_the_newest_moment_that_was_reached(log: KafkaLog) -> None:
    before = look(log)
    log.append([draft(1)], epoch=0)
    after = look(log)
    assert log.horizon.as_of(before.ends) == before.moment
    assert log.horizon.as_of(after.ends) == after.moment


def test_whoever_is_publishing_holds_it_back(log: KafkaLog, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [APPEND_LOCK])
        row = connection.execute("SELECT now()").fetchone()
        assert row
        assert look(log).moment == row[0]
        assert look(log).moment == row[0]
    assert look(log).moment > row[0]


def test_what_waits_in_the_spool_holds_it_back(log: KafkaLog, broker: Broker) -> None:
    log.append([draft(1)], epoch=0)
    log_ends = look(log).ends
    assert log.horizon.complete(log_ends)[1] == 0
    with broker.frozen():
        (spooled,) = log.append([draft(2)], epoch=0)
        assert isinstance(spooled, Placed)
        with pytest.raises(LogUnavailable):
            log.horizon.look()
        assert log.horizon.broker_away_since is not None
        until(lambda: log.horizon.complete(log_ends)[1] > 1000)
    until(lambda: log.resolve({SPOOL: spooled.position}))
    assert look(log).moment > spooled.recorded_at
    assert log.horizon.broker_away_since is None


def test_a_record_in_the_spool_is_later_than_the_moment(log: KafkaLog, database: Database) -> None:
    """Also where the ends can be read, as when the broker answers and takes nothing."""
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SPOOL_LOCK])
        log._publisher.close()
        (spooled,) = log.append([draft(1)], epoch=0)
        assert isinstance(spooled, Placed)
        assert look(log).moment == spooled.recorded_at
    until(lambda: log.resolve({SPOOL: spooled.position}))
    assert look(log).moment > spooled.recorded_at


def test_after_a_restart_of_the_database_it_waits_until_nobody_can_be_publishing_unseen(
    log: KafkaLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("klantbeeld.log.kafka.horizon.FORGOTTEN_FOR", 1_000_000)
    assert log.horizon.look() is None


def test_years_of_snapshots_fit_in_bounded_memory(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("klantbeeld.log.kafka.horizon.FORGOTTEN_FOR", 0)
    monkeypatch.setattr("klantbeeld.log.kafka.horizon.MOST", 16)
    end = iter(range(1000))
    horizon = Horizon(database, lambda: {0: next(end)})
    moments = {seen.ends[0]: seen.moment for _ in range(200) if (seen := horizon.look())}
    assert len(horizon._seen) <= 16
    assert horizon.as_of({0: 199}) == moments[199]
    found = horizon.as_of({0: 100})
    assert found is not None
    assert found <= moments[100]


def test_an_unexpected_error_does_not_end_the_snapshots(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every answer of this process would say from then on that it is behind."""
    monkeypatch.setattr("klantbeeld.log.kafka.horizon.FORGOTTEN_FOR", 0)
    asked = 0

    def ends() -> dict[int, int]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise RuntimeError
        return {0: 7}

    horizon = Horizon(database, ends, every=0.01)
    horizon.start()
    try:
        until(lambda: horizon.as_of({0: 7}) is not None)
    finally:
        horizon.close()
