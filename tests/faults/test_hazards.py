"""How Faust loses events, tried on a real broker: each test fails when what holds against it is taken away."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from psycopg.conninfo import conninfo_to_dict

from klantbeeld.postgres_server import Server
from tests.databases import fresh_database, served
from tests.faults.rig import Rig, rig
from tests.folders import short_lived
from tests.stack import Names, Stack

EVENTS = 100
BEFORE_ANY_WATCHDOG = 25.0
"""Seconds: a worker that stands still begins anew after thirty, which would hide what is tried here."""
MASTER_KEY = "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0="


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    with fresh_database(server) as database:
        name = conninfo_to_dict(database.conninfo)["dbname"]
        yield f"postgresql:///{name}?host={server.socket_dir}&port={server.port}&user=klantbeeld"


@pytest.fixture
def here(stack: Stack, stack_names: Names, database_url: str) -> Iterator[Rig]:
    """An installation with one partition and nothing in it."""
    settings = {
        "KLANTBEELD_DATABASE_URL": database_url,
        "KLANTBEELD_KAFKA_BOOTSTRAP": stack.bootstrap,
        "KLANTBEELD_TOPIC_PREFIX": stack_names.topic_prefix,
        "KLANTBEELD_PARTITIONS": "1",
        "KLANTBEELD_MASTER_KEY": MASTER_KEY,
    }
    with short_lived() as folder, rig(folder, settings) as made:
        yield made


@pytest.mark.parametrize("where", ["take", "after"])
def test_the_last_batch_that_faust_let_go_of_after_an_exception_is_processed_all_the_same(
    here: Rig, where: str
) -> None:
    here.worker()
    here.post(EVENTS)
    here.until_processed()
    here.orders.give("timeline", where)
    here.post(1)
    here.until_processed(BEFORE_ANY_WATCHDOG)
    here.until(lambda: not here.orders.waits("timeline"))
    assert here.entries() == (EVENTS + 1, EVENTS + 1)


def test_a_processor_that_fails_on_a_batch_loses_none_of_it(here: Rig) -> None:
    here.post(EVENTS)
    here.orders.give("timeline", "apply")
    here.worker()
    here.until_processed(BEFORE_ANY_WATCHDOG)
    assert here.orders.bugs() == 1
    assert here.entries() == (EVENTS, EVENTS)
    assert here.rows("SELECT count(*) FROM kept.dead_letter") == [(0,)]


def test_a_record_that_the_processor_always_fails_on_takes_no_other_along(here: Rig) -> None:
    here.orders.refuse("timeline", EVENTS // 2)
    here.post(EVENTS)
    here.worker()
    here.until_processed()
    assert here.entries() == (EVENTS - 1, EVENTS - 1)
    letters = here.rows("SELECT position, reason, attempts FROM kept.dead_letter")
    assert letters == [(EVENTS // 2, "handler_failed", 3)]


def test_an_undecodable_message_is_a_dead_letter_and_the_line_goes_on(here: Rig) -> None:
    here.post(10)
    here.post_foreign(b"\xff no json")
    here.post(10)
    here.worker()
    here.until_processed()
    assert here.entries() == (20, 20)
    letters = here.rows("SELECT processor, partition, position, reason FROM kept.dead_letter")
    assert letters == [("timeline", 0, 10, "unreadable_record")]


def test_events_that_kafka_believes_are_done_are_taken_from_the_position(here: Rig) -> None:
    here.post(EVENTS)
    settings = here.system.settings
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, group_id=here.group)
    place = TopicPartition(here.topic, 0)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(EVENTS - 1, "", -1)})
    consumer.close()
    here.worker()
    here.until_processed(BEFORE_ANY_WATCHDOG)
    assert here.entries() == (EVENTS, EVENTS)


def test_a_worker_killed_in_one_slow_batch_leaves_it_to_the_next(here: Rig) -> None:
    here.post(EVENTS)
    here.orders.give("timeline", "hang 60")
    worker = here.worker()
    here.until(lambda: not here.orders.waits("timeline"))
    os.kill(here.child(worker), signal.SIGKILL)
    here.until_processed()
    assert here.entries() == (EVENTS, EVENTS)


def test_a_worker_asked_to_end_while_busy_ends_within_ten_seconds_and_loses_nothing(here: Rig) -> None:
    here.post(EVENTS)
    here.orders.give("timeline", "hang 60")
    worker = here.worker()
    here.until(lambda: not here.orders.waits("timeline"))
    assert worker.process
    asked_at = time.monotonic()
    worker.process.terminate()
    worker.process.wait(30)
    assert time.monotonic() - asked_at < 10
    assert here.entries() == (0, 0)
    here.worker("two")
    here.until_processed()
    assert here.entries() == (EVENTS, EVENTS)


def test_a_worker_frozen_inside_a_batch_holds_nobody_up_and_changes_nothing_when_it_wakes(here: Rig) -> None:
    here.post(EVENTS)
    here.orders.give("timeline", "hang 1")
    frozen = here.worker("frozen")
    here.until(lambda: not here.orders.waits("timeline"))
    pid = here.child(frozen)
    os.kill(pid, signal.SIGSTOP)
    here.worker("other")
    here.until_processed()
    here.post(EVENTS)
    os.kill(pid, signal.SIGCONT)
    here.until_processed()
    assert here.entries() == (2 * EVENTS, 2 * EVENTS)
