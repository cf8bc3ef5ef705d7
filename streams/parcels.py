"""Messages in parcels: what a poll brings of a partition goes through Faust as one message, and so costs what one costs.

Faust's own way of one message at a time takes longer than all the work of a timeline worker. Which offsets it keeps is
of no matter here: PostgreSQL holds the position.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage


class Parcel(ConsumerMessage):
    """Raw `messages` of one partition, in order. Its offset is that of the last."""

    __slots__ = ("messages",)

    def __init__(self, place: TP, messages: Sequence[Any], generation: int) -> None:
        last = messages[-1]
        super().__init__(
            place.topic, place.partition, last.offset, last.timestamp / 1000.0, last.timestamp_type,
            [], b"", b"", None, tp=place, generation_id=generation,
        )  # fmt: skip
        self.messages = messages


class ParcelConsumer(driver.Consumer):
    """Delivers a `Parcel` for each partition of a poll."""

    async def _wait_next_records(self, timeout: float) -> tuple[Any, set[TP] | None]:
        records, active = await super()._wait_next_records(timeout)
        found: Mapping[TP, Sequence[Any]] = records or {}
        return {place: [messages] for place, messages in found.items() if messages}, active

    def _to_message(self, tp: TP, record: Sequence[Any]) -> Parcel:
        return Parcel(tp, record, self.app.consumer_generation_id)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Offsets between those of two parcels are not missing."""

    def _new_offset(self, tp: TP) -> int | None:
        """What to commit: after the last parcel let go of."""
        let_go = self._acked[tp]
        if not let_go:
            return None
        after = max(let_go) + 1
        let_go.clear()
        self._acked_index[tp].clear()
        return after
