"""While the broker is killed, frozen or not there yet, every event is accepted, and afterwards every one is in the log."""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.kafka.spool import SpoolFull, Waiting
from klantbeeld.log.port import Claim, ClaimLost, EpochMoved, Placed, Repeated
from klantbeeld.log.positions import SPOOL
from klantbeeld.log.postgres.database import ERASURE_LOCK, Database
from klantbeeld.log.record import Record
from tests.contracts.log.brokers import Broker, everything, kafka_log
from tests.contracts.log.drafts import draft
from tests.waiting import until

SOON = 5.0
"""Seconds within which the first event must be in the log once the broker is back."""


@pytest.fixture
def log(broker: Broker, database: Database) -> Iterator[KafkaLog]:
    with kafka_log(broker, database, partitions=3, behind=True, patience=0.7) as log:
        yield log


def owned(number: int) -> str:
    """Owners that spread over the partitions."""
    return f"00000000-0000-4000-8000-{number % 16:012x}"


def append(log: KafkaLog, *numbers: int) -> list[Placed]:
    drafts = [draft(number, owner=owned(number)) for number in numbers]
    return [one for one in log.append(drafts, epoch=0) if isinstance(one, Placed)]


def stored(log: KafkaLog) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in everything(log):
        found.setdefault(record.event_key, []).append(record)
    return found


def keys_of(*numbers: int) -> set[str]:
    return {draft(number).event_key for number in numbers}


def test_a_broker_killed_in_mid_traffic_loses_nothing(log: KafkaLog, broker: Broker) -> None:
    """Four callers go on appending throughout; every event that was accepted is in the log afterwards, as accepted."""
    accepted: dict[str, Placed] = {}
    ending = threading.Event()

    def call(first: int) -> None:
        number = first
        while not ending.wait(0.02):
            for offset, placed in enumerate(append(log, number, number + 1)):
                accepted[draft(number + offset).event_key] = placed
            number += 2

    with ThreadPoolExecutor(4) as pool:
        callers = [pool.submit(call, 1_000_000 * caller) for caller in range(4)]
        until(lambda: len(accepted) > 100)
        with broker.killed():
            until(lambda: log.away)
            spooled_from = len(accepted)
            until(lambda: len(accepted) > spooled_from + 100)
        until(lambda: not log.away)
        ending.set()
        for caller in callers:
            caller.result()
    in_spool = max(one.position for one in accepted.values() if one.partition == SPOOL)
    until(lambda: log.resolve({SPOOL: in_spool}) is not None)
    found = stored(log)
    assert found.keys() == accepted.keys()
    for key, placed in accepted.items():
        assert {record.recorded_at for record in found[key]} == {placed.recorded_at}


def test_the_first_event_is_in_the_log_soon_after_the_broker_is_back(log: KafkaLog, broker: Broker) -> None:
    append(log, 1)
    with broker.killed():
        (placed,) = append(log, 2)
        assert placed.partition == SPOOL
        until(lambda: log.away)
    back = time.monotonic()
    until(lambda: keys_of(2) <= stored(log).keys())
    assert time.monotonic() - back < SOON


def test_a_broker_frozen_for_longer_than_our_patience_delays_one_answer_only(
    log: KafkaLog, broker: Broker
) -> None:
    """The first append waits for the patience; the spool takes it and all later ones, at once, until the broker moves."""
    append(log, 1)
    with broker.frozen():
        assert [one.partition for one in append(log, 2)] == [SPOOL]
        began = time.monotonic()
        assert {one.partition for number in range(3, 23) for one in append(log, number)} == {SPOOL}
        assert time.monotonic() - began < 20 * 0.7
    back = time.monotonic()
    until(lambda: stored(log).keys() == keys_of(*range(1, 23)))
    assert time.monotonic() - back < SOON
    until(lambda: not log.away)
    assert append(log, 23)[0].partition != SPOOL


def test_what_was_sent_twice_over_an_outage_is_known_as_one_event(log: KafkaLog, broker: Broker) -> None:
    """What the frozen broker had received already comes again from the spool: equal in all that tells events apart."""
    with broker.frozen():
        append(log, *range(50))
    until(lambda: stored(log).keys() == keys_of(*range(50)))
    for copies in stored(log).values():
        assert (
            len({(record.recorded_at, record.digest, record.sealed, record.tokens) for record in copies}) == 1
        )


def test_a_log_can_be_opened_and_used_while_the_broker_is_away(broker: Broker, database: Database) -> None:
    with broker.killed(), kafka_log(broker, database, behind=True, patience=0.7) as log:
        (placed,) = append(log, 1)
        assert placed.partition == SPOOL
        assert log.find([draft(1).event_key])[draft(1).event_key].sealed == draft(1).sealed
        broker.start()
        until(lambda: log.resolve({SPOOL: placed.position}) == {0: 0})
        assert log.find([draft(1).event_key])[draft(1).event_key].position == 0


def test_a_position_in_the_spool_resolves_once_everything_up_to_it_is_in_the_log(
    log: KafkaLog, broker: Broker
) -> None:
    assert log.resolve({0: 4, 2: 1}) == {0: 4, 2: 1}
    with broker.frozen():
        furthest = max(one.position for one in append(log, *range(20)))
        assert log.resolve({SPOOL: furthest}) is None
    until(lambda: log.resolve({SPOOL: furthest}))
    places = log.resolve({SPOOL: furthest, 0: 10_000})
    assert places == {**{p: end - 1 for p, end in log.ends().items() if end}, 0: 10_000}


def test_a_repeat_is_known_while_it_waits_and_after_it_was_published(log: KafkaLog, broker: Broker) -> None:
    with broker.frozen():
        (placed,) = append(log, 1)
        again = log.append([draft(1), draft(1, digest=b"other")], epoch=0)
        assert again == [
            Repeated(SPOOL, placed.position, same=True),
            Repeated(SPOOL, placed.position, same=False),
        ]
    until(lambda: log.resolve({SPOOL: placed.position}))
    (repeated,) = log.append([draft(1)], epoch=0)
    assert isinstance(repeated, Repeated)
    assert repeated.partition != SPOOL


def test_beyond_its_bound_the_spool_takes_nothing_more(broker: Broker, database: Database) -> None:
    with kafka_log(broker, database, behind=True, patience=0.7, spool_rows=3) as log:
        with broker.frozen():
            append(log, 1, 2)
            with pytest.raises(SpoolFull) as told:
                append(log, 3, 4)
            assert told.value.code == "spool_full"
            assert append(log, 5)[0].partition == SPOOL
            assert (log.waiting().records, log.waiting().full) == (3, True)
        until(lambda: stored(log).keys() == keys_of(1, 2, 5))
        until(lambda: not log.away)
        assert append(log, 3, 4)


def test_it_tells_what_waits_for_the_broker_and_for_how_long(log: KafkaLog, broker: Broker) -> None:
    append(log, 1)
    assert log.waiting() == Waiting()
    with broker.frozen():
        append(log, 2, 3)
        first = log.waiting()
        assert (first.records, first.full) == (2, False)
        assert first.bytes == sum(len(draft(n).sealed) for n in (2, 3))
        assert 0 <= first.oldest < 60
        until(lambda: log.waiting().oldest > first.oldest)
    until(lambda: log.waiting() == Waiting())


def test_the_spool_is_bounded_in_bytes_too(broker: Broker, database: Database) -> None:
    with kafka_log(broker, database, behind=True, patience=0.7, spool_bytes=600) as log, broker.frozen():
        append(log, 1, 2)
        with pytest.raises(SpoolFull):
            append(log, 3)


def test_during_an_outage_a_claim_is_decided_once_as_ever(log: KafkaLog, broker: Broker) -> None:
    claim = Claim(entity=draft(99).event_key, etag="e1", by="agent-1")
    with broker.frozen():
        log.append([draft(1)], epoch=0, claim=claim)
        with pytest.raises(ClaimLost) as lost:
            log.append([draft(2)], epoch=0, claim=Claim(entity=claim.entity, etag="e1", by="agent-2"))
        assert lost.value.by == "agent-1"
        assert log.append([draft(1)], epoch=0, claim=claim)
        with pytest.raises(EpochMoved):
            log.append([draft(3)], epoch=1)
    until(lambda: stored(log).keys() == keys_of(1))


def test_two_processes_share_one_spool(broker: Broker, database: Database) -> None:
    """Whichever publishes, both learn that the broker is back, and everything is there, copies equal to the first."""
    with kafka_log(broker, database, behind=True, patience=0.7) as one:
        prefix = one.topics.events.removesuffix("events")
        other = KafkaLog(broker.bootstrap, prefix, 1, database, lambda keys: {}, patience=0.7)
        other.start()
        try:
            with broker.frozen():
                append(one, *range(2000))
                append(other, *range(2000, 4000))
            until(lambda: stored(one).keys() == keys_of(*range(4000)))
            until(lambda: not one.away and not other.away)
            for copies in stored(one).values():
                assert len({(record.recorded_at, record.digest) for record in copies}) == 1
        finally:
            other.close()


def test_a_broker_that_answers_and_takes_nothing_counts_as_away(log: KafkaLog, database: Database) -> None:
    """Reading works and the topic is known, but publishing fails: nobody waits for it more than once."""
    append(log, 1)
    log._publisher._config["max_request_size"] = 100
    log._publisher.close()
    log._publisher.connect(log.topics.events)
    log._publisher.trust()
    assert append(log, 2)[0].partition == SPOOL
    began = time.monotonic()
    while time.monotonic() - began < 2:
        assert append(log, int(time.monotonic() * 1e6))[0].partition == SPOOL
    log._publisher._config["max_request_size"] = 4_000_000
    until(lambda: not log.away)
    assert keys_of(1, 2) <= stored(log).keys()


def test_an_append_holds_off_erasures_until_it_is_done(
    log: KafkaLog, broker: Broker, database: Database
) -> None:
    """So nothing sealed with a key that an erasure destroyed is accepted after it."""
    append(log, 1)
    with ThreadPoolExecutor(1) as pool, broker.frozen():
        waiting = pool.submit(append, log, 2)
        with database.connection() as connection:
            gate = "SELECT pg_try_advisory_xact_lock(%s)"
            until(lambda: connection.execute(gate, [ERASURE_LOCK]).fetchone() == (False,))
        waiting.result()
