"""Reading the topic: dense and in order, whatever else was written to it, and quick to say when the broker is away."""

from collections.abc import Iterator

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from klantbeeld.log.kafka.announcing import Letter
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.kafka.reading import LogTruncated
from klantbeeld.log.kafka.wire import UNREADABLE
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Database
from tests.contracts.log.brokers import Broker, everything, kafka_log
from tests.contracts.log.drafts import draft


@pytest.fixture
def log(broker: Broker, database: Database) -> Iterator[KafkaLog]:
    with kafka_log(broker, database, behind=True) as log:
        yield log


def test_foreign_messages_keep_their_places_and_stop_nobody(log: KafkaLog, broker: Broker) -> None:
    log.append([draft(1)], epoch=0)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    headers = [("ce_id", b"order-1"), ("ce_source", b"/shop")]
    producer.send(log.topics.events, b"hello").get(10)
    producer.send(log.topics.events, key=b"somebody", value=None).get(10)
    producer.send(log.topics.events, b"{}", b"", headers).get(10)
    producer.close()
    log.append([draft(2)], epoch=0)
    records = log.read(0, 0, 100)
    assert [record.position for record in records] == [0, 1, 2, 3, 4]
    assert [record.type for record in records] == [draft(1).type, *[UNREADABLE] * 3, draft(2).type]


def test_markers_of_foreign_transactions_leave_no_gap(log: KafkaLog, broker: Broker) -> None:
    """They take a position each, which no consumer is ever given."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=log.topics.events)
    producer.init_transactions()
    for end in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.send(log.topics.events, b"foreign").get(10)
        end()
    producer.close()
    log.append([draft(1)], epoch=0)
    assert log.ends() == {0: 5}
    records = everything(log)
    assert [record.position for record in records] == list(range(5))
    assert [record.type for record in records] == [*[UNREADABLE] * 4, draft(1).type]


@pytest.mark.parametrize("codec", ["gzip"])
def test_compressed_batches_are_read_as_well(log: KafkaLog, broker: Broker, codec: str) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, compression_type=codec, linger_ms=50)
    for _ in range(10):
        producer.send(log.topics.events, b"foreign")
    producer.close()
    assert [record.position for record in log.read(0, 4, 100)] == [4, 5, 6, 7, 8, 9]


def test_any_order_of_reading_gives_the_same_records(log: KafkaLog) -> None:
    """Sequential reading goes by what was fetched before; nobody may notice."""
    log.append([draft(number, sealed=bytes([number]) * 3000) for number in range(200)], epoch=0)
    whole = everything(log)
    assert [record.position for record in whole] == list(range(200))
    for start, limit in [(0, 3), (3, 3), (1, 5), (6, 50), (56, 1), (57, 1000), (199, 5), (0, 200), (150, 7)]:
        found = log.read(0, start, limit)
        assert 0 < len(found) <= limit
        assert found == whole[start : start + len(found)]
    assert log.read(0, 200, 5) == log.read(0, 10_000, 5) == log.read(1, 0, 5) == []


def test_the_largest_events_are_published_and_read(log: KafkaLog) -> None:
    """At least one comes, however large, and no more than fits in bounded memory."""
    outcomes = log.append([draft(number, sealed=bytes(1_200_000)) for number in range(20)], epoch=0)
    assert [outcome.partition for outcome in outcomes] == [0] * 20
    records = log.read(0, 0, 1_000_000)
    assert 0 < len(records) < 20
    assert len(everything(log)) == 20


def test_a_log_whose_broker_is_frozen_says_so(log: KafkaLog, broker: Broker) -> None:
    log.append([draft(1)], epoch=0)
    with broker.frozen(), pytest.raises(LogUnavailable):
        log.read(0, 0, 1)
    assert len(log.read(0, 0, 1)) == 1


def test_a_log_whose_broker_was_killed_says_so_and_goes_on_afterwards(log: KafkaLog, broker: Broker) -> None:
    log.append([draft(1)], epoch=0)
    with broker.killed(), pytest.raises(LogUnavailable):
        log.ends()
    assert log.ends() == {0: 1}
    assert len(log.read(0, 0, 1)) == 1


def test_a_dead_letter_is_announced_by_reason_and_place_and_nothing_else(
    log: KafkaLog, broker: Broker
) -> None:
    log.announce([Letter(processor="timeline", partition=2, position=17, reason="seal_broken")])
    consumer = KafkaConsumer(
        log.topics.dead_letters,
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=10_000,
    )
    message = next(consumer)
    consumer.close()
    assert msgspec.json.decode(message.value) == {
        "processor": "timeline",
        "partition": 2,
        "position": 17,
        "reason": "seal_broken",
    }
    assert dict(message.headers)["ce_id"] == b"timeline/2/17"


def test_a_log_that_lost_its_beginning_says_so(log: KafkaLog, broker: Broker) -> None:
    """And one that is read beyond its end has nothing to give, however far beyond."""
    log.append([draft(number) for number in range(5)], epoch=0)
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.delete_records({TopicPartition(log.topics.events, 0): 3})
    with pytest.raises(LogTruncated):
        log.read(0, 0, 10)
    assert [record.position for record in log.read(0, 3, 10)] == [3, 4]
    assert log.read(0, 10_000, 10) == []
