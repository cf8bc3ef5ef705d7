"""Kafka: brokers, topics and how they are kept, consumer groups. What lies in the log is looked at elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec

from klantbeeld.doctor.findings import Finding, fail, joined, ok, warn
from klantbeeld.domain.values import value
from klantbeeld.log.kafka.reading import Reader
from klantbeeld.log.kafka.topics import FOREVER, MOST_MESSAGE_BYTES, REPLICAS, existing, topics_of
from klantbeeld.log.kafka.wire import UNREADABLE
from klantbeeld.log.port import LogUnavailable
from klantbeeld.settings import Settings

OLDEST: Final = (4, 0)
ANSWERS_WITHIN_MS: Final = 5000
DEAD, EMPTY = "Dead", "Empty"
WORKERS: Final = ("timeline", "search")
Told = Mapping[str, Any]


@value
class Topic:
    """The log as it was found: its id, and the first and the next position of each partition."""

    log_id: str
    starts: Mapping[int, int]
    ends: Mapping[int, int]


def unreachable(settings: Settings) -> Finding:
    return fail(
        "kafka",
        f"{settings.kafka_bootstrap} does not answer; events wait in the spool",
        "start the brokers, or correct KLANTBEELD_KAFKA_BOOTSTRAP",
    )


def examine_brokers(admin: KafkaAdminClient, settings: Settings) -> Iterator[Finding]:
    """Brokers, topics, groups."""
    cluster = admin.describe_cluster()
    version = admin.get_broker_version_data(cluster["controller_id"]).broker_version
    yield _brokers(cluster, version)
    topics = topics_of(settings.topic_prefix, settings.partitions)
    wanted = {topics.events: topics.partitions, topics.dead_letters: None}
    there = existing(admin, list(wanted))
    for name, partitions in wanted.items():
        if name not in there:
            yield warn("topics", f"{name} is not there", "the first start of `klantbeeld serve` makes it")
            continue
        yield _partitions(there[name], partitions)
        yield _copies(there[name], len(cluster["brokers"]))
    if topics.events in there:
        yield _kept(admin, topics.events)


def topic(admin: KafkaAdminClient, settings: Settings) -> Topic | None:
    """The log, if it is there."""
    name = topics_of(settings.topic_prefix, settings.partitions).events
    found = existing(admin, [name]).get(name)
    if found is None:
        return None
    cluster_id = admin.describe_cluster()["cluster_id"]
    numbers = [one["partition_index"] for one in found["partitions"]]
    return Topic(
        log_id=str(uuid5(NAMESPACE_URL, f"kafka:{cluster_id}:{found['topic_id']}")),
        starts=_offsets(admin, name, numbers, OffsetSpec.EARLIEST),
        ends=_offsets(admin, name, numbers, OffsetSpec.LATEST),
    )


def alive(admin: KafkaAdminClient, settings: Settings) -> Mapping[str, bool]:
    """Of each kind of worker whether one is at work. Asking for a group by name would make Kafka's own topic of them."""
    states = {one["group_id"]: one["group_state"] for one in admin.list_groups()}
    return {name: states.get(f"{settings.topic_prefix}{name}", DEAD) not in (DEAD, EMPTY) for name in WORKERS}


def accepted_at(settings: Settings) -> Callable[[int, int], datetime | None]:
    """Tells when the record at a position was accepted; None for what is no record of ours, or cannot be read now."""

    def read(partition: int, position: int) -> datetime | None:
        events = topics_of(settings.topic_prefix, settings.partitions).events
        reader = Reader(settings.kafka_bootstrap or "", events, settings.partitions)
        reader.open()
        try:
            records = reader.read(partition, position, 1)
        except LogUnavailable:
            return None
        finally:
            reader.close()
        return records[0].recorded_at if records and records[0].type != UNREADABLE else None

    return read


def _brokers(cluster: Told, version: Sequence[int]) -> Finding:
    count, told = len(cluster["brokers"]), ".".join(map(str, version))
    what = f"Kafka {told}, {count} broker{'s' if count > 1 else ''}"
    if tuple(version) < OLDEST:
        return fail("kafka", what, "upgrade Kafka to 4.0 or newer")
    return ok("kafka", what)


def _partitions(found: Told, wanted: int | None) -> Finding:
    count, name = len(found["partitions"]), found["name"]
    if wanted is not None and count != wanted:
        return fail(
            "topics",
            f"{name} has {count} partitions, and KLANTBEELD_PARTITIONS asks for {wanted}",
            f"set KLANTBEELD_PARTITIONS={count}, or choose another KLANTBEELD_TOPIC_PREFIX",
        )
    return ok("topics", f"{name}, {count} partition{'s' if count > 1 else ''}")


def _copies(found: Told, brokers: int) -> Finding:
    name, parts = found["name"], found["partitions"]
    copies = min(len(one["replica_nodes"]) for one in parts)
    leaderless = [one["partition_index"] for one in parts if one["leader_id"] < 0]
    behind = [one for one in parts if len(one["isr_nodes"]) < len(one["replica_nodes"])]
    if leaderless:
        what = f"{len(leaderless)} partitions of {name} have no leader"
        return fail("replication", what, "start the brokers that hold them")
    if behind:
        what = f"{len(behind)} partitions of {name} have fewer copies in step than they should"
        return warn("replication", what, "see to the brokers that are down or behind")
    if copies < REPLICAS:
        what = f"{name} lies on {copies} of {brokers} broker{'s' if brokers > 1 else ''}: losing a disk loses events"
        return warn(
            "replication", what, f"run {REPLICAS} brokers, and reassign the topic to {REPLICAS} replicas"
        )
    return ok("replication", f"{name}, {copies} copies in step")


def _kept(admin: KafkaAdminClient, name: str) -> Finding:
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    told = admin.describe_configs([resource], config_filter="all")["topic"][name]
    found = {key: one["value"] for key, one in told.items()}
    wrong = [
        (f"{name}: {key}={found[key]}", f"set {key}={wanted} on {name}")
        for key, wanted in FOREVER.items()
        if found.get(key, wanted) != wanted
    ]
    if int(found.get("max.message.bytes", MOST_MESSAGE_BYTES)) < MOST_MESSAGE_BYTES:
        wrong.append(
            (
                f"{name}: max.message.bytes={found['max.message.bytes']}",
                f"set max.message.bytes={MOST_MESSAGE_BYTES} on {name}",
            )
        )
    if wrong:
        return joined("fail", "retention", wrong)
    if found.get("unclean.leader.election.enable") == "true":
        mend = f"set unclean.leader.election.enable=false on {name}"
        return warn("retention", f"{name}: a broker that was behind may become leader and lose events", mend)
    return ok("retention", f"{name} keeps everything")


def _offsets(admin: KafkaAdminClient, name: str, numbers: Sequence[int], spec: Any) -> dict[int, int]:
    asked_for = {TopicPartition(name, number): spec for number in numbers}
    return {one.partition: told.offset for one, told in admin.list_partition_offsets(asked_for).items()}
