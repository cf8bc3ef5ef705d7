"""One process's part of a replay that several share: a replica that has others beside it on its schema."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

import psycopg

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.record import Record
from projections.fence import Processor
from projections.following import Sharing
from projections.locking import CONTENTION
from projections.replay import LEAST, NOT_THE_RECORDS_FAULT, Holder, Replica
from projections.shares import OneLog, Outcome, Share, Sliced
from projections.standing import Place

PAUSE: Final = 0.02
"""Seconds more to wait before each further attempt."""
MOST: Final = 1_000
ATTEMPTS: Final = 20
"""How often a record is tried again because another process came between."""


class Member(Replica):
    """Each record of a batch is held against the others by a few locks, of which PostgreSQL's table may be too small."""

    not_the_records_fault: ClassVar[tuple[type[Exception], ...]] = (*NOT_THE_RECORDS_FAULT, *CONTENTION)

    def _apply_once(
        self,
        processors: Sequence[Processor],
        partition: int,
        records: Sequence[Record],
        to: Mapping[Place, int],
        aside: Mapping[Place, Mapping[int, EventKey]],
    ) -> None:
        """What another process comes between is done again in halves, which hold less."""

        def apply(records: Sequence[Record], attempts: int) -> None:
            try:
                once(processors, partition, records, to, aside)
            except CONTENTION as error:
                if isinstance(error, psycopg.errors.OutOfMemory):
                    self.most = self._size = max(LEAST, len(records) // 2)
                for processor in processors:
                    processor.undo()
                if not attempts:
                    raise
                time.sleep(PAUSE * (ATTEMPTS - attempts))
                middle = (len(records) + 1) // 2
                for part in filter(None, (records[:middle], records[middle:])):
                    apply(part, attempts - 1)

        once = super()._apply_once
        apply(records, ATTEMPTS)


def take_share(
    share: Share,
    connection: Connection,
    log: OneLog,
    keys: Holder,
    processors: Sequence[Processor],
    counted: Callable[[int], None],
) -> Outcome:
    """One process's part of a replay. `connection` is its own, with the share's schema first in the search path;
    `counted` is told of the records of each batch.
    """
    replica = Member(
        connection, log.slice(share.number, share.of) if isinstance(log, Sliced) else log, keys,
        processors, share.schema, counted=counted, slot=share.slot,
        positions=dict(share.start), log_id=share.log_id, most=MOST,
    )  # fmt: skip
    for one in replica.leaders:
        if isinstance(one, Sharing):
            one.be_among_others()
    connection.execute("SET synchronous_commit TO off")
    seen = replica.advance(share.to, share.aside)
    if share.slot is None and any(replica.positions.get(place, 0) < end for place, end in share.to.items()):
        raise LogUnavailable("the log gave less than it has")
    return Outcome(seen=seen, poison=replica.poison, records=replica.records)
