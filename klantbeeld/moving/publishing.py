"""The records of a log, published in order, each as it was accepted: its time of acceptance, its digest, its seal."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from klantbeeld.log.kafka.producing import Publisher
from klantbeeld.log.kafka.wire import message_of
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.postgres.log import read_records
from klantbeeld.log.record import Record

BATCH: Final = 1000
WAITS: Final = 60.0
"""Seconds without a single confirmation after which a broker counts as gone."""
PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """`reached` is told the position below which everything is confirmed, after each batch."""

    source: Connection
    publisher: Publisher
    topic: str
    reached: Callable[[int], None]

    def carry(self, start: int, end: int) -> int:
        """Publish what lies from `start` up to `end`; answers how many records. Killed and begun again it repeats one
        batch at most. Raises `LogUnavailable` when the broker stays away.
        """
        position = start
        while position < end:
            records = read_records(self.source, position, min(BATCH, end - position))
            if not records:
                raise LogUnavailable(f"no record lies at position {position} of the log that is moved")
            self._insist(records)
            position = records[-1].position + 1
            self.reached(position)
        return position - start

    def _insist(self, records: Sequence[Record]) -> None:
        """What was not confirmed is sent again, and nothing else."""
        left, patient_until = list(records), time.monotonic() + WAITS
        while left:
            if self.publisher.connect(self.topic):
                messages = [message_of(record, record.recorded_at) for record in left]
                found = self.publisher.publish(self.topic, messages, probing=True)
                missing = [record for record, place in zip(left, found, strict=True) if place is None]
                if len(missing) < len(left):
                    patient_until = time.monotonic() + WAITS
                left = missing
            if left:
                if time.monotonic() > patient_until:
                    raise LogUnavailable(
                        "kafka takes no records; the same command goes on where this one was"
                    )
                time.sleep(PAUSE)
