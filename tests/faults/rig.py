"""One installation on the shared stack, for hazard tests: events from here, workers as processes. No test lives here."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from kafka import KafkaProducer

from klantbeeld.bootstrap import System, opened
from klantbeeld.ingest.sender import Sender
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.settings import load
from tests.faults.servers import Server, Servers
from tests.faults.worker import ORDERS, Orders

PATIENCE: Final = 45.0
POLL: Final = 0.05
Row = tuple[Any, ...]


@dataclass(slots=True)
class Rig:
    """`system` takes events in; what `worker` starts processes them."""

    system: System
    servers: Servers
    orders: Orders
    posted: int = field(default=0)

    def post(self, count: int) -> None:
        """So many events of as many people: they spread over all partitions."""
        raws = [_event(number) for number in range(self.posted, self.posted + count)]
        self.posted += count
        for result in self.system.ingest.accept(raws, Sender(name="rig", attests=True)).results:
            assert result.status == "accepted", result

    def post_foreign(self, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        """Something that is none of ours, into partition 0."""
        producer = KafkaProducer(bootstrap_servers=self._bootstrap)
        producer.send(self.topic, value, None, list(headers), partition=0).get(30)
        producer.close()

    def worker(self, name: str = "one") -> Server:
        """A `klantbeeld work timeline`; nobody starts it again when it ends."""
        return self.servers.add(name, "tests.faults.work", "timeline")

    def child(self, server: Server) -> int:
        """The pid of the process that does the work, once it is there."""
        self.until(lambda: server.children())
        return server.children()[0]

    def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            assert time.monotonic() < deadline, self._told()
            time.sleep(POLL)

    def until_processed(self, seconds: float = PATIENCE) -> None:
        """Until the position is the log's end, in every partition."""
        ends = self.system.log.ends()
        self.until(lambda: self.positions() == {p: end for p, end in ends.items() if end}, seconds)

    def positions(self) -> dict[int, int]:
        return {
            p: position
            for p, position in self.rows("SELECT partition, next_position FROM checkpoint")
            if position
        }

    def entries(self) -> tuple[int, int]:
        """How many rows, and of how many events."""
        (found,) = self.rows("SELECT count(*), count(DISTINCT (source, id)) FROM entry")
        return int(found[0]), int(found[1])

    def rows(self, query: str) -> list[Row]:
        with self.system.database.connection() as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def topic(self) -> str:
        event_log = self.system.log
        assert isinstance(event_log, KafkaLog)
        return event_log.topics.events

    @property
    def group(self) -> str:
        """The consumer group of the timeline workers."""
        return f"{self.system.settings.topic_prefix}timeline"

    @property
    def _bootstrap(self) -> str:
        assert self.system.settings.kafka_bootstrap
        return self.system.settings.kafka_bootstrap

    def _holds(self, condition: Callable[[], object]) -> bool:
        try:
            return bool(condition())
        except psycopg.OperationalError:
            return False

    def _told(self) -> str:
        said = "\n".join(server.said()[-3000:] for server in self.servers.all.values())
        return f"positions {self.positions()}, log ends {dict(self.system.log.ends())}\n{said}"


@contextmanager
def rig(folder: Path, settings: dict[str, str]) -> Iterator[Rig]:
    """`settings` are those of the installation; `folder` takes what workers write."""
    orders = folder / "orders"
    orders.mkdir()
    everything = settings | {"KLANTBEELD_DATA_DIR": str(folder / "data"), ORDERS: str(orders)}
    with Servers(folder, everything, keep=False) as servers, opened(load(settings), pool=4) as system:
        yield Rig(system, servers, Orders(orders))
        for server in servers.all.values():
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGKILL)


def _event(number: int) -> bytes:
    cloud = {
        "specversion": "1.0",
        "id": str(number),
        "source": "/rig",
        "type": "klantbeeld.visit.recorded",
        "time": "2025-01-01T12:00:00Z",
        "data": {
            "identifiers": [{"type": "email", "value": f"rig{number}@example.nl"}],
            "page": "/help/retour",
        },
    }
    return json.dumps(cloud).encode()
