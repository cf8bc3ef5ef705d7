"""The child of a worker under test: the product's own, with bugs put into it.

`KLANTBEELD_FAULT_BUGS` is the share of batches in which the processor raises something that nobody foresaw. A file named
after the processor in the folder `KLANTBEELD_FAULT_ORDERS` holds what to do once: the first batch after it appears does
it, and takes the file away.

    take         the shell fails before it does anything
    after        the shell fails after the commit, before Kafka hears of it
    apply        the processor fails
    hang SECONDS the processor takes that long

A file `NAME.refused` beside it holds a position at which the processor fails for as long as the file is there.
"""

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from klantbeeld.bootstrap import System
from klantbeeld.cli import worker
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Applied, Processor
from projections.joint import Joint
from streams.partitions import Partitions

BUGS: Final = "KLANTBEELD_FAULT_BUGS"
ORDERS: Final = "KLANTBEELD_FAULT_ORDERS"
AGAIN: Final = 0.3
"""The share of batches that fail after one that did, where any fail by themselves."""
T = TypeVar("T")


class Bug(Exception):
    """What nobody foresaw."""


class Orders:
    """Faults asked for by other processes, for one processor, each to be done once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def give(self, processor: str, order: str) -> None:
        unfinished = self._folder / f".{processor}.{time.monotonic_ns()}"
        unfinished.write_text(order)
        unfinished.rename(self._folder / processor)

    def waits(self, processor: str) -> bool:
        """Whether nobody has done it yet."""
        return (self._folder / processor).exists()

    def take(self, processor: str, *kinds: str) -> str | None:
        """The order, if it is of one of these kinds. Of several workers one gets it."""
        path = self._folder / processor
        try:
            order = path.read_text()
            if order.split()[0] not in kinds:
                return None
            path.rename(self._folder / f".{processor}.{os.getpid()}.done")
        except FileNotFoundError:
            return None
        return order

    def refuse(self, processor: str, position: int) -> None:
        (self._folder / f"{processor}.refused").write_text(str(position))

    def refused(self, processor: str) -> int | None:
        """The position at which the processor always fails."""
        path = self._folder / f"{processor}.refused"
        return int(path.read_text()) if path.exists() else None

    def note_bug(self, processor: str) -> None:
        with (self._folder / f".{processor}.bugs").open("a") as told:
            told.write(".")

    def bugs(self) -> int:
        """How many batches had a bug."""
        return sum(path.stat().st_size for path in self._folder.glob(".*.bugs"))


class Buggy:
    """A processor that fails now and then, but never three times in a row: that would be a dead letter, and rightly."""

    def __init__(self, inner: Processor, share: float, orders: Orders) -> None:
        self.name, self._share, self._orders = inner.name, share, orders
        self._inner: Any = inner
        self._random, self._in_a_row = random.Random(), 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        return self._failing(self._inner.apply, connection, records, voided)

    def _failing(
        self, apply: Callable[..., T], connection: Connection, records: Sequence[Record], voided: int
    ) -> T:
        order = self._orders.take(self.name, "apply", "hang")
        if order and order.startswith("hang"):
            time.sleep(float(order.split()[1]))
        if self._orders.refused(self.name) in {record.position for record in records}:
            raise Bug
        again = AGAIN if self._in_a_row and self._share else self._share
        fails = order == "apply" or self._random.random() < again
        self._in_a_row = self._in_a_row + 1 if fails and self._in_a_row < 2 else 0
        if self._in_a_row and self._random.random() < 0.5:
            self._fail()
        applied = apply(connection, records, voided)
        if self._in_a_row:
            self._fail()
        return applied

    def undo(self) -> None:
        self._inner.undo()

    def forget(self) -> None:
        self._inner.forget()

    def _fail(self) -> None:
        self._orders.note_bug(self.name)
        raise Bug


class BuggyJoint(Buggy):
    """The same, of a processor that takes several partitions at once."""

    def apply_jointly(
        self, connection: Connection, records: Sequence[Record], voided: int
    ) -> Mapping[int, Applied]:
        return self._failing(self._inner.apply_jointly, connection, records, voided)


def _put_in(share: float, orders: Orders) -> None:
    """Only in this process: the product knows nothing of it."""
    made, take = System.processor, Partitions.take

    def processor(system: System, name: str) -> Processor:
        inner = made(system, name)
        return (BuggyJoint if isinstance(inner, Joint) else Buggy)(inner, share, orders)

    def taken(partitions: Partitions, records: Sequence[Record]) -> None:
        if orders.take(partitions.processor.name, "take"):
            raise Bug
        take(partitions, records)
        if orders.take(partitions.processor.name, "after"):
            raise Bug

    System.processor = processor  # type: ignore[method-assign]
    Partitions.take = taken  # type: ignore[method-assign]


if __name__ == "__main__":
    _put_in(float(os.environ.get(BUGS, "0")), Orders(Path(os.environ[ORDERS])))
    worker.run()
