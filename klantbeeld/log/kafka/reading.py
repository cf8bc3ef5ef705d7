"""Reading the topic at exact positions, fast: aiokafka's client and decoder in a thread of its own, without a consumer.

A fetch says at once what lies at a position and whether the broker is there; a consumer that prefetches cannot.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from klantbeeld.log.kafka.wire import Unreadable, record_from, stand_in
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.record import Record

MOST_BYTES: Final = 16 * 1024 * 1024
LEAST_BYTES: Final = 64 * 1024
USUAL_BYTES: Final = 1200
"""What a record takes in the log, about: it makes from the number of records asked for the bytes to fetch."""
PATIENCE: Final = 5.0
AGAIN: Final = 0.1
AT_ONCE: Final = 50
LATEST, EARLIEST = -1, -2
_STALE: Final = (
    errors.NotLeaderForPartitionError,
    errors.LeaderNotAvailableError,
    errors.UnknownTopicOrPartitionError,
    errors.StaleMetadata,
)
T = TypeVar("T")
Ask = Callable[[AIOKafkaClient], Awaitable[T]]


class LogTruncated(Exception):
    """Kafka has deleted the beginning of the log. Restore the topic, and set its retention.ms to -1."""

    code = "log_truncated"


class Reader:
    """Safe for threads. Everything raises `LogUnavailable` when the brokers do not answer for five seconds."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._bootstrap, self._topic, self._partitions = bootstrap, topic, partitions
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kafka-reader", daemon=True)
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()
        self._reading = threading.Lock()
        self._rest: tuple[int, int, list[Record]] = (-1, -1, [])
        """Partition, position and records that were fetched and not asked for yet."""

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            with suppress(LogUnavailable):
                self._run(self._disconnected())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
        self._loop.close()

    def ends(self) -> Mapping[int, int]:
        """For each partition the position that the next record will get."""
        return self._run(self._asked(partial(self._offsets, LATEST)))

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        """As `EventLog.read`; what is no record of ours comes as its stand-in. Raises `LogTruncated`."""
        if limit <= 0 or not 0 <= partition < self._partitions:
            return []
        with self._reading:
            known_partition, position, records = self._rest
            if (known_partition, position) != (partition, start):
                most = min(max(limit * USUAL_BYTES, LEAST_BYTES), MOST_BYTES)
                batches = self._run(self._asked(lambda client: self._fetch(client, partition, start, most)))
                records = _decoded(partition, start, batches)
            found, left = records[:limit], records[limit:]
            self._rest = (partition, start + limit, left) if left else (-1, -1, [])
            return found

    def read_each(self, places: Sequence[tuple[int, int]]) -> list[Record]:
        """The records at these (partition, position), as many as there are."""
        found = []
        for start in range(0, len(places), AT_ONCE):
            some = places[start : start + AT_ONCE]
            fetched = self._run(self._asked(partial(self._fetch_each, some)))
            for (partition, position), batches in zip(some, fetched, strict=True):
                found.extend(_decoded(partition, position, batches, most=1)[:1])
        return found

    def _run(self, wanted: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(wanted, self._loop)
        try:
            return future.result(PATIENCE * 2)
        except (TimeoutError, CancelledError):
            future.cancel()
            raise LogUnavailable("kafka does not answer") from None

    async def _asked(self, ask: Ask[T]) -> T:
        """Ask the brokers, again after a change of leaders; a client that failed is replaced by a new one."""
        deadline = self._loop.time() + PATIENCE
        while True:
            try:
                return await asyncio.wait_for(self._ask(ask), PATIENCE)
            except _STALE:
                if self._loop.time() > deadline:
                    raise LogUnavailable("kafka has no leader for this topic") from None
                await asyncio.sleep(AGAIN)
            except (errors.KafkaError, OSError, TimeoutError) as error:
                await self._disconnected()
                raise LogUnavailable(f"kafka: {type(error).__name__}") from None

    async def _ask(self, ask: Ask[T]) -> T:
        client = await self._connected()
        try:
            return await ask(client)
        except _STALE:
            await client.force_metadata_update()
            raise

    async def _connected(self) -> AIOKafkaClient:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaClient(
                    bootstrap_servers=self._bootstrap, request_timeout_ms=int(PATIENCE * 1000)
                )
                try:
                    await client.bootstrap()
                    await client.set_topics([self._topic])
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    async def _disconnected(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await client.close()

    def _leader(self, client: AIOKafkaClient, partition: int) -> int:
        leader = client.cluster.leader_for_partition(TopicPartition(self._topic, partition))
        if leader is None or leader < 0:
            raise errors.LeaderNotAvailableError(partition)
        return int(leader)

    async def _offsets(self, which: int, client: AIOKafkaClient) -> dict[int, int]:
        asked: dict[int, list[tuple[int, int]]] = {}
        for partition in range(self._partitions):
            asked.setdefault(self._leader(client, partition), []).append((partition, which))
        found = {}
        for node, partitions in asked.items():
            response = await client.send(node, OffsetRequest(-1, 0, [(self._topic, partitions)]))
            for partition, code, _, offset in response.topics[0][1]:
                _raise(code)
                found[partition] = offset
        return found

    async def _fetch_each(self, places: Sequence[tuple[int, int]], client: AIOKafkaClient) -> list[bytes]:
        wanted = (self._fetch(client, partition, position, LEAST_BYTES) for partition, position in places)
        return await asyncio.gather(*wanted)

    async def _fetch(self, client: AIOKafkaClient, partition: int, start: int, most: int) -> bytes:
        wanted = [(self._topic, [(partition, start, most)])]
        response = await client.send(
            self._leader(client, partition), FetchRequest(0, 0, most, 0, wanted, rack_id="")
        )
        ((_, code, end, *_, batches),) = response.topics[0][1]
        if errors.for_code(code) is errors.OffsetOutOfRangeError:
            if start < (await self._offsets(EARLIEST, client))[partition]:
                raise LogTruncated(str(LogTruncated.__doc__))
            return b""
        _raise(code)
        return batches or b"" if start < end else b""


def _raise(code: int) -> None:
    error = errors.for_code(code)
    if error is not errors.NoError:
        raise error()


def _decoded(partition: int, start: int, batches: bytes, most: int | None = None) -> list[Record]:
    """Dense records: whatever holds no record of ours, be it a marker of somebody's transaction, has its stand-in."""
    found: list[Record] = []
    records = MemoryRecords(batches)
    while records.has_next():
        batch = records.next_batch()
        if not batch.validate_crc():
            raise LogUnavailable("kafka sent a damaged batch")
        for offset, key, value, headers in _messages(batch):
            if offset < start + len(found):
                continue
            _fill(found, partition, start, offset)
            try:
                found.append(record_from(partition, offset, key, value, headers))
            except Unreadable as foreign:
                found.append(foreign.stand_in)
            if len(found) == most:
                return found
        _fill(found, partition, start, batch.next_offset)
    return found


def _fill(found: list[Record], partition: int, start: int, until: int) -> None:
    found.extend(stand_in(partition, offset) for offset in range(start + len(found), until))


def _messages(batch: Any) -> "list[tuple[int, bytes | None, bytes | None, Any]]":
    """Nothing for a control batch, or for one in a compression that is not ours and cannot be read here."""
    if batch.is_control_batch:
        return []
    try:
        return [(one.offset, one.key, one.value, one.headers) for one in batch]
    except (errors.KafkaError, RuntimeError, ValueError):
        return []
