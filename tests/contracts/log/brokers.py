"""A Kafka of their own for tests that kill and freeze it, and what they wait for."""

import json
import os
import signal
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.kafka.log import KafkaLog, Recorded
from klantbeeld.log.kafka.reading import Reader
from klantbeeld.log.kafka.recent import Known
from klantbeeld.log.postgres.database import Database
from klantbeeld.log.record import Record
from tests.stack import run_stack

SWITCH = "KLANTBEELD_TEST_STACK"


@dataclass(frozen=True, slots=True)
class Broker:
    """Started anew it has the same port and data."""

    folder: Path
    bootstrap: str

    def kill(self) -> None:
        run_stack("kill", "kafka", "--dir", str(self.folder))

    def start(self) -> None:
        """Returns when it answers."""
        run_stack("start", "kafka", "--dir", str(self.folder))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        state = json.loads((self.folder / "state.json").read_text())
        os.kill(state["kafka"]["pid"], signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(state["kafka"]["pid"], signal.SIGCONT)

    @contextmanager
    def killed(self) -> Iterator[None]:
        self.kill()
        try:
            yield
        finally:
            self.start()


@contextmanager
def own_broker() -> Iterator[Broker]:
    if not os.environ.get(SWITCH):
        pytest.skip(f"needs Kafka: set {SWITCH}=1 (started for the tests)")
    with tempfile.TemporaryDirectory(prefix="kb-broker-") as folder:
        said = run_stack("up", "--json", "--parts", "kafka", "--dir", folder, "--owner", str(os.getpid()))
        try:
            yield Broker(Path(folder), json.loads(said)["KLANTBEELD_KAFKA_BOOTSTRAP"])
        finally:
            run_stack("down", "--dir", folder)


def new_prefix() -> str:
    return f"t{uuid.uuid4().hex[:10]}."


class Followed:
    """What read models would know of a log whose processors are never behind."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int) -> None:
        self._reader, self._partitions = Reader(bootstrap, f"{prefix}events", partitions), partitions
        self._reader.open()
        self._following = threading.Lock()
        self._records: dict[int, list[Record]] = {partition: [] for partition in range(partitions)}

    def __call__(self, keys: Sequence[EventKey]) -> Mapping[EventKey, Known]:
        first: dict[EventKey, Known] = {}
        for record in self.records():
            first.setdefault(record.event_key, (record.partition, record.position, record.digest))
        return {key: first[key] for key in keys if key in first}

    def records(self) -> list[Record]:
        """Everything in the log, by partition and position."""
        with self._following:
            for partition, records in self._records.items():
                while found := self._reader.read(partition, len(records), 10_000):
                    records.extend(found)
            return [record for records in self._records.values() for record in records]

    def close(self) -> None:
        self._reader.close()


@contextmanager
def kafka_log(
    broker: Broker, database: Database, *, partitions: int = 1, behind: bool = False, **how: Any
) -> Iterator[KafkaLog]:
    """A log on a new topic. Its read models are never behind, or so far `behind` that they know nothing."""
    prefix = new_prefix()
    with ExitStack() as stack:
        if behind:
            recorded: Recorded = lambda keys: {}  # noqa: E731
        else:
            recorded = stack.enter_context(closing(Followed(broker.bootstrap, prefix, partitions)))
        log = stack.enter_context(
            closing(KafkaLog(broker.bootstrap, prefix, partitions, database, recorded, **how))
        )
        log.start()
        yield log


def everything(log: KafkaLog) -> list[Record]:
    """All records of the log, by partition and position."""
    found: list[Record] = []
    for partition, end in sorted(log.ends().items()):
        position = 0
        while position < end:
            records = log.read(partition, position, end)
            position += len(records)
            found.extend(records)
    return found
