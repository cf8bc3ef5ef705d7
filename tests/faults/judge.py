"""The judgement of a run: what was accepted against what the log holds and what can be read, by means of its own."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from kafka import KafkaConsumer, TopicPartition

from klantbeeld.bootstrap import opened
from klantbeeld.ingest.sender import Sender
from klantbeeld.log.kafka.wire import SOURCE as OURS
from klantbeeld.settings import load
from projections.contents import content_digest
from streams.everything import for_serving
from tests.faults.ground import ROOT
from tests.faults.load import SOURCE, workload

BATCH: Final = 1000
READ_WITHIN_MS: Final = 30_000
TOLD: Final = 10


@dataclass(slots=True)
class Verdict:
    """`lost`: accepted and not to be read. `doubled`: to be read more than once. `problems`: whatever else is wrong."""

    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not (self.lost or self.doubled or self.problems)

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.problems.append(f"{what}: {found}, expected {wanted}")

    def __str__(self) -> str:
        numbers = f"lost {self.lost}, doubled {self.doubled}"
        return f"{numbers}, and {len(self.problems)} other problems" if self.problems else numbers


@dataclass(slots=True)
class Topic:
    """What the topic holds, read by another client than the product's. `foreign`: places of what is none of ours."""

    records: Counter[int] = field(default_factory=Counter)
    keys: Counter[bytes] = field(default_factory=Counter)
    foreign: set[tuple[int, int]] = field(default_factory=set)


def count(entries: Mapping[str, int], accepted: Sequence[str]) -> tuple[int, int]:
    """Lost and doubled, of these ids: `entries` tells how often each stands in the read models."""
    lost = sum(id_ not in entries for id_ in accepted)
    return lost, sum(max(entries.get(id_, 0) - 1, 0) for id_ in accepted)


def entries_of(url: str, ids: Sequence[str] | None = None) -> dict[str, int]:
    """How often each event, or each of these, stands in the read models."""
    query = "SELECT id, count(*) FROM read.entry WHERE source = %(source)s GROUP BY id"
    if ids is not None:
        query = query.replace("GROUP", "AND id = ANY(%(ids)s) GROUP")
    with psycopg.connect(url) as connection:
        return dict(connection.execute(query.encode(), {"source": SOURCE, "ids": ids}).fetchall())


def topic_of(bootstrap: str, topic: str) -> Topic:
    """All of it, from the beginning to the end as it is now."""
    found = Topic()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=READ_WITHIN_MS)
    try:
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        consumer.seek_to_beginning()
        left = {place for place, end in consumer.end_offsets(places).items() if end}
        ends = consumer.end_offsets(places)
        while left:
            message = next(consumer)
            _count(found, message)
            place = TopicPartition(topic, message.partition)
            if message.offset == ends[place] - 1:
                left.discard(place)
    finally:
        consumer.close()
    return found


def _count(found: Topic, message: Any) -> None:
    found.records[message.partition] += 1
    headers = dict(message.headers)
    if "written" in headers or headers.get("ce_source") != OURS:
        found.foreign.add((message.partition, message.offset))
    else:
        found.keys[headers["ce_id"]] += 1


def judged(
    environment: Mapping[str, str],
    accepted: Sequence[str],
    given: int,
    seed: int,
    poison: set[tuple[int, int]],
) -> Verdict:
    """Call it when nothing is on its way any more. `environment` holds the settings of the installation."""
    verdict = Verdict()
    url, bootstrap = environment["KLANTBEELD_DATABASE_URL"], environment["KLANTBEELD_KAFKA_BOOTSTRAP"]
    entries = entries_of(url)
    verdict.lost, verdict.doubled = count(entries, accepted)
    verdict.expect("events accepted", len(accepted), given)
    verdict.expect("entries of events that nobody sent", len(entries.keys() - set(accepted)), 0)
    topic = topic_of(bootstrap, f"{environment['KLANTBEELD_TOPIC_PREFIX']}events")
    _balance(verdict, url, topic, sum(entries.values()))
    _dead(verdict, url, topic, poison)
    _verified(verdict, environment, topic, undisturbed(environment, given, seed))
    return verdict


def _balance(verdict: Verdict, url: str, topic: Topic, entries: int) -> None:
    """Each count against the topic itself."""
    query = (
        "SELECT sum(next_position), sum(stored), sum(late_duplicates), sum(dead), sum(shredded) "
        "FROM read.checkpoint WHERE processor = 'timeline'"
    )
    with psycopg.connect(url) as connection:
        position, stored, late, dead, shredded = map(int, connection.execute(query.encode()).fetchone() or ())
    verdict.expect("records processed", position, topic.records.total())
    verdict.expect("stored", (stored, entries), (len(topic.keys), len(topic.keys)))
    verdict.expect("late duplicates", late, topic.keys.total() - len(topic.keys))
    verdict.expect("dead letters", dead, len(topic.foreign))
    verdict.expect("shredded", shredded, 0)


def _dead(verdict: Verdict, url: str, topic: Topic, poison: set[tuple[int, int]]) -> None:
    """All that was poison is a dead letter, and nothing else is."""
    query = "SELECT partition, position FROM kept.dead_letter WHERE processor = 'timeline'"
    with psycopg.connect(url) as connection:
        letters = {(partition, position) for partition, position in connection.execute(query.encode())}
        others = connection.execute(b"SELECT count(*) FROM kept.dead_letter WHERE processor <> 'timeline'")
        verdict.expect("dead letters of other processors", (others.fetchone() or ())[0], 0)
    verdict.expect("poison that is no dead letter", len(topic.foreign - letters), 0)
    verdict.expect("dead letters that are no poison", sorted(letters - topic.foreign)[:TOLD], [])
    verdict.expect("poison that went missing", len(poison - topic.foreign), 0)


def _verified(verdict: Verdict, environment: Mapping[str, str], topic: Topic, digest: str) -> None:
    """`klantbeeld verify` computes everything anew from the log; only what is poison may be wrong with the log."""
    done = subprocess.run(
        [sys.executable, "-m", "klantbeeld", "verify", "--json"],
        env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        told = json.loads(done.stdout)
    except ValueError:
        verdict.problems.append(f"verify: {done.stderr.strip()[-500:]}")
        return
    strange = [
        one
        for one in told["differences"]
        if not (one["table"] == "log" and tuple(one["key"]) in topic.foreign)
    ]
    verdict.expect("differences from the log", strange[:TOLD], [])
    verdict.expect("partitions out of balance", [p for p in told["partitions"] if not p["balanced"]], [])
    verdict.expect("content digest, against an undisturbed run", told["content_digest"], digest)


def undisturbed(environment: Mapping[str, str], given: int, seed: int) -> str:
    """The content digest of the same events in the embedded mode, sent once each and in order."""
    url = _another_database(environment["KLANTBEELD_DATABASE_URL"], "undisturbed")
    settings = load(
        {
            "KLANTBEELD_DATABASE_URL": url,
            "KLANTBEELD_MASTER_KEY": environment["KLANTBEELD_MASTER_KEY"],
            "KLANTBEELD_DATA_DIR": environment["KLANTBEELD_DATA_DIR"],
        }
    )
    with opened(settings) as system, for_serving(system) as runners:
        sender = Sender(name="undisturbed", attests=True)
        for batch in _batches(workload(seed).events(given)):
            system.ingest.accept(batch, sender)
        runners.catch_up(system.log.ends())
        with system.database.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return content_digest(connection)


def _batches(events: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(events, BATCH)):
        yield batch


def _another_database(url: str, name: str) -> str:
    """Beside the one of this URL, empty. Nothing in it needs to survive a crash."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    parts = urlsplit(url)
    quick = f"{parts.query}&options=-csynchronous_commit%3Doff"
    return urlunsplit(parts._replace(path=f"/{name}", query=quick))
