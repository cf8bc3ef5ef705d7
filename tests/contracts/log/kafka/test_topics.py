"""The topics that a log makes, and those that it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from klantbeeld.log.kafka.topics import TopicRefused, prepared, topics_of
from klantbeeld.log.port import LogUnavailable
from tests.contracts.log.brokers import Broker, new_prefix
from tests.waiting import until


def make(broker: Broker, name: str, partitions: int, configs: Mapping[str, str]) -> None:
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        made = {"num_partitions": partitions, "replication_factor": 1, "configs": dict(configs)}
        admin.create_topics({name: made}, wait_for_metadata=True)


def test_absent_topics_are_made_to_keep_everything_for_ever(broker: Broker) -> None:
    topics = topics_of(new_prefix(), 3)
    prepared(broker.bootstrap, topics)
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        found: dict[str, Any] = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topics.events)], config_filter="all"
        )
        (told,) = admin.describe_topics([topics.events])
        (letters,) = admin.describe_topics([topics.dead_letters])
    values = {name: one["value"] for name, one in found["topic"][topics.events].items()}
    assert (values["retention.ms"], values["retention.bytes"], values["cleanup.policy"]) == (
        "-1",
        "-1",
        "delete",
    )
    assert int(values["max.message.bytes"]) > 2 * 1024 * 1024
    assert len(told["partitions"]) == 3
    assert letters["error_code"] == 0


def test_a_topic_with_another_number_of_partitions_is_refused_with_the_mend(broker: Broker) -> None:
    prefix = new_prefix()
    prepared(broker.bootstrap, topics_of(prefix, 2))
    with pytest.raises(TopicRefused, match="KLANTBEELD_PARTITIONS=2") as told:
        prepared(broker.bootstrap, topics_of(prefix, 5))
    assert told.value.code == "topic_refused"


@pytest.mark.parametrize("config", [{"retention.ms": "604800000"}, {"cleanup.policy": "compact"}])
def test_a_topic_that_forgets_is_refused_with_the_mend(broker: Broker, config: dict[str, str]) -> None:
    topics = topics_of(new_prefix(), 1)
    make(broker, topics.events, 1, {"retention.ms": "-1", **config})
    with pytest.raises(TopicRefused, match=next(iter(config))):
        prepared(broker.bootstrap, topics)


def test_a_topic_that_refuses_large_events_is_refused_with_the_mend(broker: Broker) -> None:
    """As one has it that somebody made with Kafka's own limit of about 1 MB."""
    topics = topics_of(new_prefix(), 1)
    make(broker, topics.events, 1, {"retention.ms": "-1"})
    with pytest.raises(TopicRefused, match=r"max\.message\.bytes"):
        prepared(broker.bootstrap, topics)


def test_the_log_keeps_its_id_until_its_topic_is_made_anew(broker: Broker) -> None:
    topics = topics_of(new_prefix(), 1)
    first = prepared(broker.bootstrap, topics)
    assert prepared(broker.bootstrap, topics) == first
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.delete_topics([topics.events])
        until(lambda: topics.events not in admin.list_topics())
    assert prepared(broker.bootstrap, topics) != first


def test_where_no_broker_answers_the_log_is_unavailable() -> None:
    with pytest.raises(LogUnavailable):
        prepared("127.0.0.1:1", topics_of(new_prefix(), 1))
