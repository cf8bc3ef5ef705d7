"""Which partitions Kafka gives a worker."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from tests.conftest import ROOT
from tests.stack import Names, Stack
from tests.waiting import until


class Worker:
    """Keeps what it said of each assignment."""

    def __init__(self, stack: Stack, topic: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.streams.late", stack.bootstrap, topic],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.given: list[list[int]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            _, given, partitions = line.partition("given")
            if given:
                self.given.append([int(word) for word in partitions.split()])

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._reader.join()


@pytest.fixture
def topic(stack_names: Names) -> str:
    return f"{stack_names.topic_prefix}events"


@pytest.fixture
def worker(stack: Stack, topic: str) -> Iterator[Worker]:
    started = Worker(stack, topic)
    yield started
    started.end()


def test_a_worker_that_came_before_the_topic_was_known_is_given_it_soon(
    worker: Worker, stack: Stack, topic: str
) -> None:
    until(lambda: worker.given == [[]])
    admin = KafkaAdminClient(bootstrap_servers=stack.bootstrap)
    admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    admin.close()
    until(lambda: worker.given[-1] == [0, 1])
