"""What kafka-python's producer is known to do wrong, on a real broker: each of these fails without our guard."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from kafka.admin import KafkaAdminClient

from klantbeeld.log.kafka import producing
from klantbeeld.log.kafka.producing import CONFIG, Publisher
from klantbeeld.log.kafka.reading import Reader
from klantbeeld.log.kafka.wire import Message, message_of
from tests.contracts.log.brokers import Broker, new_prefix
from tests.contracts.log.drafts import draft
from tests.waiting import until


@pytest.fixture
def topic(broker: Broker) -> str:
    name = f"{new_prefix()}events"
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        configs = {"max.message.bytes": "20000"}
        made = {"num_partitions": 1, "replication_factor": 1, "configs": configs}
        admin.create_topics({name: made}, wait_for_metadata=True)
    return name


def messages(*numbers: int, size: int = 100) -> Sequence[Message]:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return [message_of(draft(number, sealed=bytes(size)), now) for number in numbers]


def connected(broker: Broker, topic: str, **how: object) -> Publisher:
    publisher = Publisher(broker.bootstrap, **how)  # type: ignore[arg-type]
    until(lambda: publisher.connect(topic))
    publisher.trust()
    return publisher


def stored(broker: Broker, topic: str) -> list[str]:
    reader = Reader(broker.bootstrap, topic, 1)
    reader.open()
    try:
        return [record.event_key for record in reader.read(0, 0, 10_000)]
    finally:
        reader.close()


def test_k1_a_wedged_producer_is_replaced(broker: Broker, topic: str) -> None:
    """With a short delivery timeout the freeze wedges the producer for good; the next one publishes all the same."""
    quick = {"delivery_timeout_ms": 1500, "request_timeout_ms": 1000}
    publisher = connected(broker, topic, patience=5, config=quick)
    until(lambda: publisher.connect(topic) and publisher.publish(topic, messages(1), probing=True) != [None])
    with broker.frozen():
        assert publisher.publish(topic, messages(2)) == [None]
    assert publisher.away
    until(lambda: publisher.connect(topic))
    assert publisher.publish(topic, messages(3), probing=True) != [None]
    assert not publisher.away
    publisher.close()


def test_k1_a_freeze_within_our_patience_costs_nothing(broker: Broker, topic: str) -> None:
    """So no time that a producer is given for delivery may be shorter than our patience."""
    publisher = connected(broker, topic, patience=30)
    publisher.publish(topic, messages(1))
    with ThreadPoolExecutor(1) as pool, broker.frozen():
        waiting = pool.submit(publisher.publish, topic, messages(2))
        with pytest.raises(TimeoutError):
            waiting.result(2)
    assert waiting.result() == [(0, 1)]
    assert not publisher.away
    assert CONFIG["delivery_timeout_ms"] > producing.PATIENCE * 100_000
    publisher.close()


def test_k1_an_abandoned_producer_ends_and_sends_nothing_more(broker: Broker, topic: str) -> None:
    """`close` alone would hang or give up, and the producer would go on and send what is in the spool by then."""
    before = threading.active_count()
    publisher = connected(broker, topic, patience=0.5)
    with broker.frozen():
        assert publisher.publish(topic, messages(1)) == [None]
        assert publisher.publish(topic, messages(2)) == [None]
    publisher.close()
    until(lambda: threading.active_count() <= before)
    assert draft(2).event_key not in stored(broker, topic)


def test_k2_what_is_on_its_way_is_bounded(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two callers with 80 kB each and room for 100 kB: one of them has to stay outside."""
    given: list[int] = []
    send = producing._sent
    monkeypatch.setattr(producing, "_sent", lambda *a: given.append(len(a[2])) or send(*a))
    publisher = connected(broker, topic, patience=1, most_bytes=100_000)
    publisher.publish(topic, messages(0))
    given.clear()
    with broker.frozen(), ThreadPoolExecutor(2) as pool:
        many = [messages(*range(first, first + 8), size=10_000) for first in (10, 20)]
        found = list(pool.map(lambda some: publisher.publish(topic, some), many))
    assert found == [[None] * 8] * 2
    assert given == [8]
    publisher.close()


def test_k2_a_call_larger_than_the_room_has_it_for_itself(broker: Broker, topic: str) -> None:
    publisher = connected(broker, topic, patience=10, most_bytes=10)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: publisher.publish(topic, messages(n)), range(20)))
    assert sorted(found) == [[(0, n)] for n in range(20)]
    publisher.close()


def test_k3_each_single_message_is_confirmed_or_not(broker: Broker, topic: str) -> None:
    """`flush` succeeds although the broker refuses the message in the middle."""
    publisher = connected(broker, topic, patience=10)
    publisher.publish(topic, messages(0))
    some = [*messages(1), *messages(2, size=50_000), *messages(3)]
    found = publisher.publish(topic, some)
    kept = stored(broker, topic)
    assert found[1] is None
    assert draft(2).event_key not in kept
    for number, place in zip((1, 2, 3), found, strict=True):
        if place is not None:
            assert kept[place[1]] == draft(number).event_key
    publisher.close()


def test_k4_after_a_restart_the_broker_is_reached_within_seconds(broker: Broker, topic: str) -> None:
    """The producer doubles its pauses up to 30 seconds unless it is told not to."""
    publisher = connected(broker, topic, patience=60)
    publisher.publish(topic, messages(1))
    with ThreadPoolExecutor(1) as pool:
        with broker.killed():
            waiting = pool.submit(publisher.publish, topic, messages(2))
            with pytest.raises(TimeoutError):
                waiting.result(6)
        back = time.monotonic()
        assert waiting.result() == [(0, 1)]
    assert time.monotonic() - back < 4
    publisher.close()


def test_k6_a_message_sent_by_two_producers_is_known_by_its_event_key(broker: Broker, topic: str) -> None:
    """Idempotence ends with the producer: the copy is there, and says whose copy it is."""
    one, other = connected(broker, topic), connected(broker, topic)
    one.publish(topic, messages(1))
    other.publish(topic, messages(1))
    assert stored(broker, topic) == [draft(1).event_key] * 2
    one.close()
    other.close()
