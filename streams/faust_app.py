"""One processor as a Faust app: the shell that takes raw messages from Kafka to the line, and nothing more.

Faust acknowledges whatever an agent lets go of, also when it failed. So PostgreSQL holds the position: on assignment a
worker seeks to it, and what Faust says it has committed is only a hint for tools that show lag.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, Protocol, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, StreamT

from streams.ending import Ending
from streams.parcels import Parcel, ParcelConsumer

BATCH: Final = 2000
"""Most messages taken at once, over all partitions."""
WITHIN: Final = 0.05
"""Seconds from the beginning of a batch within which no other is begun, while fewer than `FEW` wait."""
FEW: Final = 100
SMALL: Final = 20
"""Messages of a parcel below which a thread of its own costs more than it saves."""
PATIENCE: Final = 60.0
"""Seconds to wait for positions. After ninety Faust would give up, and never process anything again."""
PARCELS: Final = 48
"""Most that wait in Faust."""
METADATA_AGE: Final = 5_000
"""Milliseconds. A broker that has just started may not know the topic yet when the group divides it: until metadata is
asked for again, which by default is after five minutes, nobody would have its partitions."""


class Work(Protocol):
    """What an app does with its partitions. All is called outside the event loop."""

    def positions(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """Where to begin each partition that this worker was given."""

    def prepare(self, messages: Sequence[Any]) -> Sequence[Any]:
        """What `take` is to be given for these messages, each with `partition` and `position`; nothing is changed yet."""

    def take(self, records: Sequence[Any]) -> None:
        """Process records, sorted by partition and position. Waits while a dependency is away; raises `Ending`."""


class _Thread(driver.AIOKafkaConsumerThread):
    """A consumer that begins where PostgreSQL says."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        found: Mapping[TP, int] = await self.call_thread(self._seek_to_positions)
        return found

    async def _seek_to_positions(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        assigned = {tp.partition: tp for tp in consumer.assignment()}
        app = cast(WorkerApp, self.app)
        try:
            asked = asyncio.to_thread(app.work.positions, sorted(assigned))
            found = await asyncio.wait_for(asked, PATIENCE)
        except TimeoutError:
            app.end(Ending("positions_unknown"))
            raise
        except Ending as ending:  # Faust would begin anew, whatever it is
            app.end(ending)
            raise
        except Exception as error:
            app.end(Ending("worker_failed", type(error).__name__))
            raise
        for number, position in found.items():
            consumer.seek(assigned[number], position)
        return {TP(tp.topic, number): found[number] for number, tp in assigned.items()}


class _Consumer(ParcelConsumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class WorkerApp(faust.App):
    """A Faust app with `work`; made by `worker_app`."""

    work: Work
    end: Callable[[Ending], None]

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Nothing is kept in files: Faust would leave empty folders wherever the worker was started."""


def worker_app(name: str, bootstrap: str, topic: str, work: Work, end: Callable[[Ending], None]) -> WorkerApp:
    """The app of one processor. `name` is also its consumer group; `end` must not return."""
    app = WorkerApp(
        name,
        broker=[f"kafka://{server}" for server in bootstrap.split(",")],
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_AGE,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        broker_max_poll_interval=86_400.0,
        broker_max_poll_records=BATCH,
        stream_wait_empty=False,
        stream_buffer_maxsize=PARCELS,
        worker_redirect_stdouts=False,
    )
    app.work, app.end = work, end

    @app.agent(
        app.topic(topic, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes)
    )
    async def process(stream: StreamT[Any]) -> None:
        hand = _Hand(work, end)
        async for event in stream.events():
            await hand.take(cast(Parcel, event.message))

    return app


class _Hand:
    """Lets the work be done while more is gathered: what Faust says it committed is no promise here.

    What comes meanwhile is taken next, so a batch is as large as the work is behind.
    """

    def __init__(self, work: Work, end: Callable[[Ending], None]) -> None:
        self._work, self._end = work, end
        self._prepared: list[Any] = []
        self._raw: list[Any] = []
        self._task: asyncio.Task[None] | None = None

    async def take(self, parcel: Parcel) -> None:
        """Answers once less than a batch is waiting."""
        if len(parcel.messages) < SMALL:
            self._raw += parcel.messages
        else:
            prepared = await self._prepare(parcel.messages)
            self._prepared += prepared  # read only now: what waited before may have been taken meanwhile
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._until_done())
        while self._waiting() >= BATCH and not self._task.done():
            await asyncio.wait([self._task], timeout=WITHIN)

    def _waiting(self) -> int:
        return len(self._prepared) + len(self._raw)

    async def _prepare(self, messages: Sequence[Any]) -> Sequence[Any]:
        try:
            return await asyncio.to_thread(self._work.prepare, messages)
        except Exception as error:
            self._end(Ending("worker_failed", type(error).__name__))
            raise

    async def _until_done(self) -> None:
        while self._waiting():
            prepared, raw, self._prepared, self._raw = self._prepared, self._raw, [], []
            began = time.monotonic()
            await _process(self._work, prepared, raw, self._end)
            if self._waiting() < FEW:
                await asyncio.sleep(WITHIN - (time.monotonic() - began))


async def _process(
    work: Work, prepared: Sequence[Any], raw: Sequence[Any], end: Callable[[Ending], None]
) -> None:
    """Nothing may be raised out of here but the cancellation of a stop: what is raised is lost."""

    def take() -> None:
        records = [*prepared, *(work.prepare(raw) if raw else ())]
        work.take(sorted(records, key=attrgetter("partition", "position")))

    try:
        await asyncio.to_thread(take)
    except Ending as ending:
        if ending.code != "stopped":
            end(ending)
    except Exception as error:
        end(Ending("worker_failed", type(error).__name__))
