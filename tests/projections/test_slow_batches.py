"""A batch that takes too long for PostgreSQL's patience comes through all the same."""

import time
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Applied, Processor
from projections.timeline import TimelineProcessor
from streams import partitions
from streams.measures import Measures
from streams.partitions import Partitions
from tests.domain.building import BORIS, cloud
from tests.projections.installation import RULES, Installation

EVENTS = 120
A_RECORD = 0.006
PATIENCE = "500ms"


class Slow:
    """A processor that works for long between two statements."""

    def __init__(self, inner: Processor) -> None:
        self.name, self._inner = inner.name, inner

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        time.sleep(A_RECORD * len(records))
        return self._inner.apply(connection, records, voided)

    def undo(self) -> None:
        self._inner.undo()

    def forget(self) -> None:
        self._inner.forget()


class SlowJoint(Slow):
    """The same, of several partitions at once."""

    _inner: Any

    def apply_jointly(
        self, connection: Connection, records: Sequence[Record], voided: int
    ) -> dict[int, Applied]:
        time.sleep(A_RECORD * len(records))
        found: dict[int, Applied] = self._inner.apply_jointly(connection, records, voided)
        return found


@pytest.mark.parametrize(("kind", "spread"), [(Slow, 1), (SlowJoint, 2)])
def test_a_batch_that_takes_longer_than_a_transaction_may_rest_is_taken_in_parts(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, kind: type[Slow], spread: int
) -> None:
    monkeypatch.setattr(partitions, "IDLE_AT_MOST", PATIENCE)
    installation.post([cloud("visit.recorded", n, BORIS, id=f"visit {n}", page="/") for n in range(EVENTS)])
    records = [
        replace(record, partition=n % spread, position=n // spread)
        for n, record in enumerate(installation.records())
    ]
    system: Any = SimpleNamespace(
        log=installation.log, keys=installation.keys, database=installation.database
    )
    slow = kind(TimelineProcessor(installation.names, installation.keys, RULES))
    work = Partitions(system, slow, lambda record: record, Measures())
    work.take(sorted(records, key=lambda record: (record.partition, record.position)))
    assert installation.digest() == installation.expected_digest()
