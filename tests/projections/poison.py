"""Records that cannot be processed, on purpose: broken in the log, or refused by a processor with a fault."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Applied, Processor, skip_one
from tests.projections.installation import Installation


class Faulty:
    """A processor that fails on the records of one type."""

    def __init__(self, inner: Processor, type: str) -> None:
        self.name, self._inner, self._type = inner.name, inner, type

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        if any(one.type == self._type for one in records):
            raise KeyError("a fault in the program")
        return self._inner.apply(connection, records, voided)

    def undo(self) -> None:
        self._inner.undo()

    def forget(self) -> None:
        self._inner.forget()


def set_aside(installation: Installation, position: int) -> None:
    """Process everything, with the record at this position as a dead letter."""
    installation.settle(until=position)
    (record,) = installation.log.read(0, position, 1)
    for processor in installation.running[:1]:
        with installation.connection.transaction():
            log_id = installation.log.log_id()
            skip_one(installation.connection, processor, log_id, record, "handler_failed", "", 3)
    installation.settle()


@contextmanager
def broken(installation: Installation, position: int) -> Iterator[None]:
    """The sealed bytes of one record, altered while the block lasts."""
    (sealed,) = installation.one("SELECT sealed FROM kept.record WHERE position = %s", position)
    change = "UPDATE kept.record SET sealed = %s WHERE position = %s"
    installation.run(change, sealed[:-1] + bytes([sealed[-1] ^ 1]), position)
    yield
    installation.run(change, sealed, position)
