"""What a worker gathers while a batch is being processed."""

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from streams.faust_app import SMALL, _Hand
from tests.waiting import until

PATIENCE = 30
RECORDS = 3 * SMALL


class Work:
    """The opening of every parcel but the first waits until the batch before is taken out of the hand."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self._begun, self._opening = threading.Event(), threading.Event()

    def prepare(self, messages: Sequence[Any]) -> Sequence[Any]:
        if messages[0].position:
            self._opening.set()
            assert self._begun.wait(PATIENCE)
        return list(messages)

    def take(self, records: Sequence[Any]) -> None:
        self.taken += [record.position for record in records]
        self._begun.set()


def parcel(start: int) -> Any:
    messages = [SimpleNamespace(partition=0, position=n) for n in range(start, start + SMALL)]
    return SimpleNamespace(messages=messages)


def test_what_is_gathered_while_a_parcel_is_opened_is_handed_over_once() -> None:
    work = Work()
    hand = _Hand(work, print)  # type: ignore[arg-type]

    async def all_taken() -> None:
        for start in range(0, RECORDS, SMALL):
            await hand.take(parcel(start))
        await asyncio.to_thread(until, lambda: len(work.taken) >= RECORDS)

    asyncio.run(asyncio.wait_for(all_taken(), PATIENCE))
    assert work.taken == list(range(RECORDS))
