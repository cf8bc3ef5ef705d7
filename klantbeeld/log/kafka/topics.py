"""The topics: made as the log needs them when absent, refused when they are something else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from klantbeeld.log.port import LogUnavailable

MOST_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""An event of 1 MiB, sealed together with its identifiers, and its headers."""
REPLICAS: Final = 3
PATIENCE_MS: Final = 3000
GONE_WITHIN, POLL = 10.0, 0.1
FOREVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


class TopicRefused(Exception):
    """A topic that exists is not what the log needs; the message names the mend."""

    code = "topic_refused"


@dataclass(frozen=True, slots=True)
class Topics:
    """What is asked for. `events` is the log, `dead_letters` tells where something was set aside."""

    events: str
    dead_letters: str
    partitions: int


def topics_of(prefix: str, partitions: int) -> Topics:
    """The topics of an installation."""
    return Topics(f"{prefix}events", f"{prefix}dead-letters", partitions)


def prepared(bootstrap: str, topics: Topics) -> str:
    """Make what is absent, check what is there; answers the log's id: another cluster or topic has another one.

    Raises `TopicRefused`, and `LogUnavailable` when no broker answers.
    """
    with asked(bootstrap) as admin:
        return _prepared(admin, topics)


def remove(bootstrap: str, topics: Topics) -> None:
    """Delete these topics with all they hold, and wait until they are gone. Raises `LogUnavailable`."""
    names = [topics.events, topics.dead_letters]
    with asked(bootstrap) as admin:
        deadline = time.monotonic() + GONE_WITHIN
        while there := list(existing(admin, names)):
            if time.monotonic() > deadline:
                raise LogUnavailable("kafka: topics are not deleted")
            with suppress(errors.UnknownTopicOrPartitionError):
                admin.delete_topics(there)
            time.sleep(POLL)


@contextmanager
def asked(bootstrap: str, patience_ms: int = PATIENCE_MS) -> Iterator[KafkaAdminClient]:
    """A client for questions to the brokers and about topics. Raises `LogUnavailable`, also for what is asked inside."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            request_timeout_ms=patience_ms,
            bootstrap_timeout_ms=patience_ms,
            reconnect_backoff_max_ms=1000,
        )
        try:
            yield admin
        finally:
            admin.close()
    except (errors.KafkaError, OSError) as error:
        raise LogUnavailable(f"kafka: {type(error).__name__}") from None


def _prepared(admin: KafkaAdminClient, topics: Topics) -> str:
    cluster = admin.describe_cluster()
    wanted = {topics.events: topics.partitions, topics.dead_letters: 1}
    there = existing(admin, list(wanted))
    absent = {name: count for name, count in wanted.items() if name not in there}
    if absent:
        _make(admin, absent, replicas=min(REPLICAS, len(cluster["brokers"])))
        there = existing(admin, list(wanted))
    found = len(there[topics.events]["partitions"])
    if found != topics.partitions:
        raise TopicRefused(
            f"topic {topics.events} has {found} partitions and {topics.partitions} are asked for: set "
            f"KLANTBEELD_PARTITIONS={found}, or choose another KLANTBEELD_TOPIC_PREFIX"
        )
    _check_kept(admin, topics.events)
    return str(uuid5(NAMESPACE_URL, f"kafka:{cluster['cluster_id']}:{there[topics.events]['topic_id']}"))


def existing(admin: KafkaAdminClient, names: list[str]) -> dict[str, Any]:
    """Those of these topics that exist, as the brokers describe them."""
    found = {topic["name"]: topic for topic in admin.describe_topics(names)}
    return {name: topic for name, topic in found.items() if not topic["error_code"]}


def _make(admin: KafkaAdminClient, absent: dict[str, int], replicas: int) -> None:
    configs = {**FOREVER, "max.message.bytes": str(MOST_MESSAGE_BYTES)}
    if replicas == REPLICAS:
        configs["min.insync.replicas"] = "2"
    made = {
        name: {"num_partitions": count, "replication_factor": replicas, "configs": configs}
        for name, count in absent.items()
    }
    try:
        admin.create_topics(made)
    except errors.TopicAlreadyExistsError:
        pass  # another process was quicker; whether it made the same is looked at next
    admin.wait_for_topics(list(absent), timeout_ms=PATIENCE_MS)


def _check_kept(admin: KafkaAdminClient, topic: str) -> None:
    """A log that forgets is no log: Kafka's own default is to delete after seven days. Nor is one that takes some events
    only: what it refuses would stay in the spool for ever, and keep everybody publishing through it.
    """
    told = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    found = _values(told, topic)
    wrong = [f"{name}={value}" for name, value in FOREVER.items() if found.get(name, value) != value]
    if wrong:
        raise TopicRefused(f"topic {topic} does not keep everything: set {', '.join(wrong)} on it")
    if int(found.get("max.message.bytes", MOST_MESSAGE_BYTES)) < MOST_MESSAGE_BYTES:
        raise TopicRefused(
            f"topic {topic} refuses large events: set max.message.bytes={MOST_MESSAGE_BYTES} on it"
        )


def _values(told: Any, topic: str) -> dict[str, str]:
    return {name: one["value"] for name, one in told["topic"][topic].items()}
