"""Messages that are none of ours, written straight into the topic past every check: each must become a dead letter."""

import random
import uuid
from typing import Any, Final

from kafka import KafkaProducer

from klantbeeld.log.kafka.wire import SOURCE

_ID: Final = b"00000000-0000-4000-8000-000000000001"
_HEADERS: Final = {
    "ce_specversion": b"1.0",
    "ce_source": SOURCE,
    "ce_type": b"klantbeeld.visit.recorded",
    "ce_time": b"2025-01-01T00:00:00+00:00",
    "ce_recordedat": b"2025-01-01T00:00:00+00:00",
    "ce_sequence": b"0",
    "ce_tokens": b"",
    "ce_flags": b"0",
    "ce_digest": b"00",
}
_KINDS: Final[tuple[tuple[bytes | None, bytes | None, dict[str, bytes]], ...]] = (
    (None, b'{"specversion": "1.0"}', {}),
    (b"anna", b"\xff\xfe\x00", {}),
    (b"key", None, {}),
    (None, b"", {}),
    (_ID, b"", _HEADERS),
    (_ID, b"x" * 100_000, _HEADERS | {"ce_id": b"\xff"}),
    (_ID, b"sealed", _HEADERS | {"ce_id": _ID, "ce_time": b"yesterday"}),
    (_ID, b"sealed", _HEADERS | {"ce_id": _ID, "ce_sequence": b"9" * 400}),
    (_ID, b"sealed", _HEADERS | {"ce_id": _ID, "ce_type": b"klantbeeld.no.such.type"}),
    (b"\x00" * 16, b"sealed", _HEADERS | {"ce_id": _ID}),
)


class Poisoner:
    """Writes to one topic; remembers where."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._bootstrap, self._topic, self._partitions = bootstrap, topic, partitions
        self.places: set[tuple[int, int]] = set()

    def write(self, count: int, random: random.Random) -> None:
        """Returns when all of them lie in the log. What a retry of the client wrote twice is found by the judge."""
        producer = KafkaProducer(bootstrap_servers=self._bootstrap, allow_auto_create_topics=False)
        try:
            futures = [self._sent(producer, random) for _ in range(count)]
            told = [future.get(30) for future in futures]
        finally:
            producer.close()
        self.places.update((one.partition, one.offset) for one in told)

    def _sent(self, producer: KafkaProducer, random: random.Random) -> Any:
        key, value, headers = random.choice(_KINDS)
        own = {**headers, "written": uuid.uuid4().bytes}
        partition = random.randrange(self._partitions)
        return producer.send(self._topic, value, key, list(own.items()), partition=partition)
