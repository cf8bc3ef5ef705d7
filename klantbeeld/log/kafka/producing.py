"""Publishing with kafka-python's idempotent producer, and what its known faults ask for.

A batch that reaches `delivery_timeout_ms` after it was sent once wedges an idempotent producer for good (its id is
cleared and never asked for again). So that time is an hour, our own patience is seconds, and a producer that could not
confirm something is given up for a new one. Nothing in the producer bounds its memory, so that is done here. `flush` tells
nothing about single records, so each future is looked at.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaProducer, errors

from klantbeeld.log.kafka.topics import MOST_MESSAGE_BYTES
from klantbeeld.log.kafka.wire import Message

PATIENCE: Final = 5.0
CONNECT_MS: Final = 1500
MOST_BYTES_IN_FLIGHT: Final = 64 * 1024 * 1024
Place = tuple[int, int]
log = logging.getLogger(__name__)
logging.getLogger("kafka").setLevel(logging.CRITICAL)
"""A broker that is away is an error to kafka-python several times a second; we say so once."""

CONFIG: Final[dict[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "delivery_timeout_ms": 3_600_000,
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 1000,
    "retry_backoff_ms": 100,
    "max_block_ms": 2000,
    "bootstrap_timeout_ms": CONNECT_MS,
    "linger_ms": 5,
    "batch_size": 128 * 1024,
    "max_request_size": MOST_MESSAGE_BYTES,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}


class Room:
    """Bytes that may be on their way at once. What alone is larger than all the room has it for itself."""

    def __init__(self, size: int) -> None:
        self._size, self._taken, self._changed = size, 0, threading.Condition()

    def take(self, size: int, timeout: float) -> bool:
        with self._changed:
            fits = self._changed.wait_for(
                lambda: self._taken == 0 or self._taken + size <= self._size, timeout
            )
            if fits:
                self._taken += size
            return fits

    def give(self, size: int) -> None:
        with self._changed:
            self._taken -= size
            self._changed.notify_all()


class Publisher:
    """One producer for all threads of a process, replaced when it fails.

    After a failure the broker counts as away until something was published again (`probing`): one that answers and takes
    nothing would otherwise keep every caller waiting for `patience`, the seconds in which a message must be confirmed.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        patience: float = PATIENCE,
        most_bytes: int = MOST_BYTES_IN_FLIGHT,
        config: dict[str, Any] | None = None,
    ) -> None:
        self._config = {**CONFIG, "bootstrap_servers": bootstrap, **(config or {})}
        self._patience, self._room = patience, Room(most_bytes)
        self._producer: KafkaProducer | None = None
        self._trusted = False
        self._changing = threading.Lock()
        self._closing: list[threading.Thread] = []

    @property
    def away(self) -> bool:
        return self._producer is None or not self._trusted

    def trust(self) -> None:
        """Count the broker as there: others publish, or nobody needed to since it answers."""
        self._trusted = True

    def connect(self, topic: str) -> bool:
        """Make a producer if there is none; whether one is there that has seen the topic. Blocks up to four seconds."""
        with self._changing:
            if self._producer is None:
                self._producer = self._made(topic)
            return self._producer is not None

    def publish(
        self, topic: str, messages: Sequence[Message], *, probing: bool = False
    ) -> list[Place | None]:
        """Partition and offset of each message once all brokers that must have it do; None for what was not confirmed.

        What was not confirmed may still arrive. Blocks for as long as the patience lasts.
        """
        deadline = time.monotonic() + self._patience
        nothing: list[Place | None] = [None] * len(messages)
        size = sum(message.size for message in messages)
        if self._usable(probing) is None or not self._room.take(size, self._patience):
            return nothing
        try:
            producer = self._usable(probing)
            return nothing if producer is None else self._published(producer, topic, messages, deadline)
        finally:
            self._room.give(size)

    def _usable(self, probing: bool) -> KafkaProducer | None:
        return self._producer if self._trusted or probing else None

    def _published(
        self, producer: KafkaProducer, topic: str, messages: Sequence[Message], deadline: float
    ) -> list[Place | None]:
        futures = _sent(producer, topic, messages)
        found = [_confirmed(future, deadline) for future in futures]
        found.extend([None] * (len(messages) - len(found)))
        if None in found:
            self._give_up(producer)
        elif self._producer is producer:
            self._trusted = True
        return found

    def close(self) -> None:
        """Let go of the producer; nothing is on its way then, since every publish waits for its own."""
        with self._changing:
            producer, self._producer = self._producer, None
        if producer is not None:
            _end(producer)
        for thread in self._closing:
            thread.join(self._patience)

    def _made(self, topic: str) -> KafkaProducer | None:
        try:
            producer = KafkaProducer(**self._config)
        except (errors.KafkaError, OSError) as error:
            log.debug("producer_not_made", extra={"cause": type(error).__name__})
            return None
        try:
            producer.partitions_for(topic)
        except (errors.KafkaError, OSError):
            self._end_aside(producer)
            return None
        return producer

    def _give_up(self, producer: KafkaProducer) -> None:
        with self._changing:
            if self._producer is not producer:
                return
            self._producer, self._trusted = None, False
        log.warning("broker_away")
        self._end_aside(producer)

    def _end_aside(self, producer: KafkaProducer) -> None:
        self._closing = [thread for thread in self._closing if thread.is_alive()]
        thread = threading.Thread(target=_end, args=[producer], name="kafka-producer-end", daemon=True)
        thread.start()
        self._closing.append(thread)


def _sent(producer: KafkaProducer, topic: str, messages: Sequence[Message]) -> list[Any]:
    """The futures of what could be handed over, which is less when the producer refuses to take more."""
    futures: list[Any] = []
    try:
        for key, value, headers in messages:
            futures.append(producer.send(topic, value, key, headers))
    except (errors.KafkaError, OSError) as error:
        log.warning("publish_refused", extra={"cause": type(error).__name__})
    return futures


def _confirmed(future: Any, deadline: float) -> Place | None:
    try:
        told = future.get(max(deadline - time.monotonic(), 0))
    except errors.KafkaError:
        return None
    return told.partition, told.offset


def _end(producer: KafkaProducer) -> None:
    """Stop a producer, dropping what it holds: `close` alone waits for that first, and gives up when it cannot leave."""
    producer._sender.force_close()
    producer._sender.join(PATIENCE)
    with suppress(errors.KafkaError):
        producer.close(timeout=0)
