"""The spool: records that are accepted, durable and not in the log yet, in a table of PostgreSQL.

Where a record lies in the spool is told as partition -1 and its number there; `resolve` tells where it went.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.positions import SPOOL
from klantbeeld.log.postgres.database import SPOOL_LOCK, Connection, Database, array_literal, copy_rows
from klantbeeld.log.postgres.rows import columns, record_of
from klantbeeld.log.record import Draft, Record
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")
MOST_ROWS: Final = 1_000_000
MOST_BYTES: Final = 2 * 1024**3
BATCH_ROWS: Final = 1000
BATCH_BYTES: Final = 8 * 1024 * 1024
COUNT_AGAIN: Final = 2.0
SHARE_OF_COUNTING: Final = 0.05
FULL: Final = 0.99
"""Of either bound: what is left may be too little for a batch."""
Known = tuple[int, int, bytes | None]


class SpoolFull(LogUnavailable):
    """Kafka has been away for so long that the spool is full. Bring Kafka back; senders keep and repeat what they have."""

    code = "spool_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What lies in the spool: how many records, bytes of sealed events, seconds that the oldest has waited, and whether
    batches are refused, or about to be, for want of room.
    """

    records: int = 0
    bytes: int = 0
    oldest: float = 0.0
    full: bool = False


class Spool:
    """`most_rows` and `most_bytes` (of sealed events) bound what may wait in it, about."""

    def __init__(self, database: Database, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> None:
        self._database, self._most_rows, self._most_bytes = database, most_rows, most_bytes
        self._rows = self._bytes = 0
        self._count_at = 0.0

    def add(self, connection: Connection, drafts: Sequence[Draft], recorded_at: datetime) -> list[int]:
        """The drafts' numbers in the spool; durable with the caller's commit. Raises `SpoolFull`."""
        self._make_sure_of_room(connection, len(drafts), sum(len(draft.sealed) for draft in drafts))
        ids = [row[0] for row in connection.execute(SQL["take_ids"], {"count": len(drafts)})]
        rows = (columns(id_, draft, recorded_at) for id_, draft in zip(ids, drafts, strict=True))
        copy_rows(connection.cursor(), SQL["copy_spool"], rows)
        return ids

    def _make_sure_of_room(self, connection: Connection, rows: int, size: int) -> None:
        self._count(connection)
        if self._rows + rows > self._most_rows or self._bytes + size > self._most_bytes:
            self._count_at = 0.0
            raise SpoolFull(str(SpoolFull.__doc__))
        self._rows, self._bytes = self._rows + rows, self._bytes + size

    def _count(self, connection: Connection) -> None:
        """Unless that was done moments ago."""
        if time.monotonic() < self._count_at:
            return
        began = time.monotonic()
        counted = connection.execute(SQL["spool_size"]).fetchone()
        assert counted
        self._rows, self._bytes = counted
        took = time.monotonic() - began
        self._count_at = time.monotonic() + max(COUNT_AGAIN, took / SHARE_OF_COUNTING)

    def waiting(self) -> Waiting:
        """About; a large spool is counted anew after a while only. Raises `LogUnavailable` without PostgreSQL."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["oldest_waits"]).fetchone()
            if row is None or row[0] is None:
                return Waiting()
            self._count(connection)
        rows, size = self._rows, self._bytes
        full = rows >= FULL * self._most_rows or size >= FULL * self._most_bytes
        return Waiting(records=rows, bytes=size, oldest=max(row[0], 0.0), full=full)

    def known(self, keys: Sequence[EventKey]) -> dict[EventKey, Known]:
        """Place and digest of the events that wait here, or went from here to the log within the last hour."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["spooled_events"], {"keys": array_literal(keys)})
            return {key: (partition, position, digest) for key, partition, position, digest in rows}

    def find(self, keys: Sequence[EventKey]) -> dict[EventKey, Record]:
        """The records that wait here, at partition -1."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["find_in_spool"], {"keys": array_literal(keys)})
            found = [record_of(row, SPOOL) for row in rows]
            return {record.event_key: record for record in found}

    def resolve(self, wanted: Mapping[int, int]) -> Mapping[int, int] | None:
        """Wanted positions with those in the spool replaced by places in the log; None while they have none yet."""
        if SPOOL not in wanted:
            return wanted
        places = {partition: position for partition, position in wanted.items() if partition != SPOOL}
        with self._database.transaction() as connection:
            values = {"id": wanted[SPOOL]}
            waiting = connection.execute(SQL["is_waiting_up_to"], values).fetchone()
            if waiting is None or waiting[0]:
                return None
            for partition, position in connection.execute(SQL["places_up_to"], values):
                places[partition] = max(position, places.get(partition, -1))
        return places

    def is_waiting(self) -> bool:
        with self._database.connection() as connection:
            row = connection.execute(SQL["is_waiting"]).fetchone()
        return bool(row and row[0])

    def forget(self) -> None:
        """Drop where records went that were published an hour ago."""
        with self._database.connection() as connection:
            connection.execute(SQL["forget_published"])


def leads(connection: Connection) -> bool:
    """Whether this transaction is the one that may publish from the spool now."""
    row = connection.execute(SQL["try_lead"], {"spool": SPOOL_LOCK}).fetchone()
    return bool(row and row[0])


def oldest(connection: Connection) -> list[Record]:
    """The next records to publish, at partition -1."""
    values = {"rows": BATCH_ROWS, "bytes": BATCH_BYTES}
    return [record_of(row, SPOOL) for row in connection.execute(SQL["next_in_spool"], values)]


def published(connection: Connection, places: Mapping[int, tuple[int, int]]) -> None:
    """Note where the records with these numbers went, and let go of them."""
    values = {
        "ids": list(places),
        "partitions": [partition for partition, _ in places.values()],
        "positions": [position for _, position in places.values()],
    }
    connection.execute(SQL["published"], values)


def last_published(connection: Connection) -> datetime | None:
    row = connection.execute(SQL["last_published"]).fetchone()
    return row[0] if row else None
