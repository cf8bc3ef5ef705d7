"""What every event log promises, and the one promise that the log on Kafka makes in its own way.

There a repeat within moments may be placed a second time: what was recorded is known from the read models, which come a
little later, and they store it once.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.port import Claim, ClaimLost, EpochMoved, EventLog, Outcome, Placed, Repeated
from klantbeeld.log.record import Draft
from tests.contracts.log.drafts import draft


def positions(outcomes: list[Outcome]) -> list[int]:
    return [outcome.position for outcome in outcomes]


def test_positions_are_dense_and_in_the_order_of_the_drafts(log: EventLog) -> None:
    assert positions(log.append([draft(1), draft(2)], epoch=0)) == [0, 1]
    assert positions(log.append([draft(3)], epoch=0)) == [2]
    assert log.ends() == {0: 3}


def test_a_record_comes_back_as_it_was_drafted(log: EventLog) -> None:
    drafted = draft(1)
    [placed] = log.append([drafted], epoch=0)
    [record] = log.read(0, 0, 10)
    assert {name: getattr(record, name) for name in Draft.__dataclass_fields__} == {
        name: getattr(drafted, name) for name in Draft.__dataclass_fields__
    }
    assert isinstance(placed, Placed)
    assert (record.position, record.recorded_at) == (placed.position, placed.recorded_at)


def test_a_record_without_tokens_comes_back_without_tokens(log: EventLog) -> None:
    log.append([draft(1, tokens=())], epoch=0)
    assert log.read(0, 0, 1)[0].tokens == ()


def test_the_time_of_acceptance_never_runs_backwards(log: EventLog) -> None:
    for number in range(20):
        log.append([draft(number)], epoch=0)
    times = [record.recorded_at for record in log.read(0, 0, 20)]
    assert times == sorted(times)


def test_reading_starts_anywhere_and_stops_at_the_limit_or_the_end(log: EventLog) -> None:
    log.append([draft(number) for number in range(5)], epoch=0)
    assert [record.position for record in log.read(0, 2, 2)] == [2, 3]
    assert [record.position for record in log.read(0, 4, 10)] == [4]
    assert list(log.read(0, 5, 10)) == []


def test_an_event_key_is_placed_once_for_ever(log: EventLog) -> None:
    log.append([draft(1)], epoch=0)
    outcomes = log.append([draft(2), draft(1), draft(1, digest=b"other")], epoch=0)
    assert outcomes[1:] == [Repeated(0, 0, same=True), Repeated(0, 0, same=False)]
    assert log.ends() == {0: 2}


def test_a_key_twice_in_one_call_is_placed_once(log: EventLog) -> None:
    first, again, other = draft(1), draft(1), draft(1, digest=b"other")
    outcomes = log.append([first, again, other], epoch=0)
    assert isinstance(outcomes[0], Placed)
    assert outcomes[1:] == [Repeated(0, 0, same=True), Repeated(0, 0, same=False)]


def test_records_are_found_by_event_key(log: EventLog) -> None:
    log.append([draft(1), draft(2)], epoch=0)
    found = log.find([draft(2).event_key, draft(9).event_key])
    assert [record.position for record in found.values()] == [1]


def test_many_appenders_at_once_leave_no_gap_and_lose_nothing(log: EventLog) -> None:
    """Eight callers append overlapping batches; every answer is true, and positions are dense."""
    outcomes = overlapping_appends(log)
    records = log.read(0, 0, 1000)
    assert [record.position for record in records] == list(range(len(records)))
    assert {record.event_key for record in records} == set(outcomes)
    placed = [one for found in outcomes.values() for one in found if isinstance(one, Placed)]
    assert sorted(one.position for one in placed) == list(range(len(records)))
    for key, found in outcomes.items():
        assert {records[one.position].event_key for one in found} == {key}


def test_many_appenders_at_once_place_every_event_once(log: EventLog) -> None:
    """On Kafka: at least once, and each copy of an event has what makes it known as one."""
    outcomes = overlapping_appends(log)
    records = log.read(0, 0, 1000)
    if isinstance(log, KafkaLog):
        assert len({(record.event_key, record.digest, record.owner) for record in records}) == 180
        again = log.append([draft(number) for number in range(180)], epoch=0)
        assert all(isinstance(one, Repeated) for one in again)
    else:
        assert len(records) == 180
        assert all(sum(isinstance(one, Placed) for one in found) == 1 for found in outcomes.values())


def overlapping_appends(log: EventLog) -> dict[EventKey, list[Outcome]]:
    """The outcomes for each of 180 events, which eight callers append in batches that overlap."""
    batches = [[draft(number) for number in range(start, start + 30)] for start in range(0, 160, 10)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda batch: log.append(batch, epoch=0), batches))
    outcomes: dict[EventKey, list[Outcome]] = {}
    for batch, found in zip(batches, answers, strict=True):
        for one, outcome in zip(batch, found, strict=True):
            outcomes.setdefault(one.event_key, []).append(outcome)
    return outcomes


def test_of_claims_on_one_state_exactly_one_wins(log: EventLog) -> None:
    claim_of = [Claim(entity=draft(99).event_key, etag="e1", by=f"agent-{number}") for number in range(8)]
    gate = threading.Barrier(8)

    def attempt(number: int) -> str:
        gate.wait()
        try:
            log.append([draft(number)], epoch=0, claim=claim_of[number])
        except ClaimLost as lost:
            return lost.by
        return "won"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(attempt, range(8)))
    winner = f"agent-{told.index('won')}"
    assert sorted(told) == sorted(["won"] + [winner] * 7)
    assert log.ends() == {0: 1}


def test_a_repeated_command_does_not_lose_against_its_own_claim(log: EventLog) -> None:
    claim = Claim(entity=draft(99).event_key, etag="e1", by="agent-1")
    log.append([draft(1)], epoch=0, claim=claim)
    assert log.append([draft(1)], epoch=0, claim=claim) == [Repeated(0, 0, same=True)]


def test_after_an_erasure_nothing_sealed_before_is_taken(log: EventLog) -> None:
    with pytest.raises(EpochMoved):
        log.append([draft(1)], epoch=1)
    assert log.ends() == {0: 0}


def test_waiting_ends_when_a_record_comes(log: EventLog) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait, 0, 0, 30)
        log.append([draft(1)], epoch=0)
        assert waiting.result(timeout=30)


def test_waiting_for_what_does_not_come_ends_too(log: EventLog) -> None:
    assert not log.wait(0, 0, 0.01)
