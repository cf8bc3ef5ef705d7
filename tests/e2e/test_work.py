"""`klantbeeld work` on real parts: how it ends, how it comes back, and what operators do beside it."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import Any

import psutil
import pytest

from klantbeeld.bootstrap import System
from tests.e2e.commands import Command, run
from tests.e2e.looks import look_at, system_on, until_processed
from tests.e2e.modes import Mode, Settings, is_running, processes_on, workers
from tests.projections.installation import SYSTEM
from tests.waiting import until

WORKERS = ("timeline", "search", "duties")
ENDS_WITHIN = 10.0


@pytest.fixture(scope="module")
def settings(distributed: Mode) -> Settings:
    return distributed.new()


@pytest.fixture(scope="module")
def system(settings: Settings) -> Iterator[System]:
    """What tests use to post and to look; it processes nothing."""
    with system_on(**settings) as system:
        yield system


@pytest.fixture(scope="module")
def at_work(settings: Settings, system: System) -> Iterator[dict[str, Command]]:
    """A worker of each kind that has begun."""
    with workers(settings, *WORKERS) as running:
        post(system, 1)
        until_processed(system)
        for one in running.values():
            one.until(lambda one=one: child_of(one))  # type: ignore[misc]
        yield running


_numbers = iter(range(1_000_000))


def post(system: System, count: int) -> None:
    """So many events, each of somebody else: they spread over all partitions."""
    raws = [raw(next(_numbers)) for _ in range(count)]
    assert {result.status for result in system.ingest.accept(raws, SYSTEM).results} == {"accepted"}


def raw(number: int) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "/desk/work",
            "id": str(number),
            "type": "klantbeeld.interaction.recorded",
            "time": "2026-01-05T10:00:00Z",
            "data": {
                "identifiers": [{"type": "email", "value": f"klant{number}@example.nl"}],
                "channel": "chat",
                "direction": "inbound",
                "text": "Waar blijft mijn pakket?",
            },
        }
    ).encode()


@contextmanager
def events_coming(system: System) -> Iterator[None]:
    """A few at a time for as long as the block lasts."""
    over = Event()

    def go_on() -> None:
        while not over.wait(0.1):
            post(system, 5)

    thread = Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def child_of(supervisor: Command) -> psutil.Process | None:
    """The process that does the work, if there is one at the moment."""
    found = psutil.Process(supervisor.process.pid).children()
    return found[0] if found else None


def told(*words: str, code: int = 0, settings: Settings) -> Any:
    done = run(*words, "--json", **settings)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_worker_that_is_killed_is_started_again_and_catches_up(
    at_work: dict[str, Command], system: System
) -> None:
    for name in WORKERS:
        supervisor = at_work[name]
        killed = child_of(supervisor)
        assert killed
        post(system, 50)
        killed.kill()
        supervisor.until(lambda killed=killed, one=supervisor: child_of(one) not in (None, killed))  # type: ignore[misc]
        assert '"event": "worker_died"' in supervisor.err
    post(system, 50)
    until_processed(system)
    seen = look_at(system)
    assert (seen.entries, seen.dead) == (seen.types.total(), 0)


def test_a_rebuild_beside_workers_while_events_come_finds_no_difference_and_is_swapped_in(
    at_work: dict[str, Command], system: System, settings: Settings
) -> None:
    with events_coming(system):
        reports = [
            told(*words, settings=settings) for words in (["rebuild", "--check"], ["rebuild"], ["verify"])
        ]
    for report in reports:
        assert report["differences"] == []
        assert {one["balanced"] for one in report["partitions"]} == {True}
    until_processed(system)
    seen = look_at(system)
    assert (seen.entries, seen.dead) == (seen.types.total(), 0)
    assert told("verify", settings=settings)["content_digest"] == seen.digest


def test_a_foreign_message_is_set_aside_and_announced_and_operators_settle_it(
    at_work: dict[str, Command], system: System, settings: Settings
) -> None:
    place = post_foreign(settings, b'{"made": "elsewhere"}')
    post(system, 20)
    until_processed(system)
    letters = told("dead-letters", "list", settings=settings)
    [mine] = [one for one in letters if one["processor"] == "timeline"]
    assert (mine["partition"], mine["position"], mine["reason"]) == (*place, "unreadable_record")
    announced = announcement_of(mine["processor"], *place, settings=settings)
    assert announced == {name: mine[name] for name in ("processor", "partition", "position", "reason")}
    shown = told("dead-letters", "show", str(mine["id"]), settings=settings)
    assert shown == mine
    assert run("dead-letters", "retry", str(mine["id"]), **settings).returncode == 1
    assert told("verify", settings=settings)["differences"] == []
    discarded = run("dead-letters", "discard", str(mine["id"]), **settings)
    assert (discarded.returncode, "discarded" in discarded.stdout) == (0, True)
    assert mine["id"] not in {one["id"] for one in told("dead-letters", "list", settings=settings)}
    for words in (["rebuild"], ["verify"]):
        assert told(*words, settings=settings)["differences"] == []


def post_foreign(settings: Settings, value: bytes) -> tuple[int, int]:
    """Its partition and offset."""
    from kafka import KafkaProducer

    with closing(KafkaProducer(bootstrap_servers=settings["kafka_bootstrap"])) as producer:
        placed = producer.send(f"{settings['topic_prefix']}events", value, partition=1).get(30)
        return placed.partition, placed.offset


def announcement_of(processor: str, partition: int, position: int, *, settings: Settings) -> Any:
    """The announcement on the topic of dead letters, once it is there."""
    from kafka import KafkaConsumer

    topic = f"{settings['topic_prefix']}dead-letters"
    with closing(
        KafkaConsumer(
            topic,
            bootstrap_servers=settings["kafka_bootstrap"],
            auto_offset_reset="earliest",
            consumer_timeout_ms=30_000,
        )
    ) as consumer:
        for message in consumer:
            letter = json.loads(message.value)
            if (letter["processor"], letter["partition"], letter["position"]) == (
                processor,
                partition,
                position,
            ):
                return letter
    raise AssertionError("nothing was announced")


def test_a_supervisor_that_is_killed_takes_its_worker_along(settings: Settings, system: System) -> None:
    with workers(settings, *WORKERS) as running:
        children = []
        for one in running.values():
            one.until(lambda one=one: child_of(one))  # type: ignore[misc]
            children.append(child_of(one))
            one.signalled(signal.SIGKILL)
        until(lambda: not [child for child in children if child and is_running(child)])


def test_a_worker_that_is_told_to_stop_is_gone_in_time_with_all_it_started(
    at_work: dict[str, Command], system: System, settings: Settings
) -> None:
    post(system, 200)
    for name in WORKERS:
        child, told_at = child_of(at_work[name]), time.monotonic()
        assert at_work[name].signalled(signal.SIGTERM) == 0
        assert time.monotonic() - told_at < ENDS_WITHIN
        assert child
        assert not is_running(child)
    assert processes_on(settings) == []
    with workers(settings, "timeline", "search"):
        until_processed(system)
    seen = look_at(system)
    assert seen.entries == seen.types.total() - 1  # the foreign message
