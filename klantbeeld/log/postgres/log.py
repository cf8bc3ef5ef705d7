"""The event log as one PostgreSQL table with dense positions.

Positions come from a one-row counter that is taken as late as possible and stays locked until the commit: so they are
without gaps and in commit order, and a reader may trust that below the end nothing is still on its way.
"""

import time
from collections.abc import Mapping, Sequence

from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import Claim, ClaimLost, EpochMoved, LogUnavailable, Outcome, Placed, Repeated
from klantbeeld.log.postgres.database import (
    APPEND_LOCK,
    Connection,
    Database,
    array_literal,
    copy_rows,
    held_epoch,
)
from klantbeeld.log.postgres.rows import columns, record_of
from klantbeeld.log.record import Draft, Record
from klantbeeld.log.sql import load
from klantbeeld.signal import Signal

_SQL = load(__package__, "queries.sql")
POLL = 0.2
ATTEMPTS = 20
MOST_BYTES = 16 * 1024 * 1024
"""A read stops after as many sealed bytes, so that memory stays bounded whatever the events are."""


class PostgresLog:
    """One partition, number 0."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.grown = Signal()

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        for _ in range(ATTEMPTS):
            try:
                with self._database.transaction() as connection:
                    outcomes = self._append(connection, drafts, epoch, claim)
            except (UniqueViolation, DeadlockDetected, SerializationFailure):
                continue  # somebody else appended one of these events a moment ago: look again
            self.wake()
            return outcomes
        raise LogUnavailable("contended")

    def _append(
        self, connection: Connection, drafts: Sequence[Draft], epoch: int, claim: Claim | None
    ) -> list[Outcome]:
        if held_epoch(connection) != epoch:
            raise EpochMoved
        known = self._known(connection, drafts)
        fresh: dict[EventKey, Draft] = {}
        for draft in drafts:
            if draft.event_key not in known:
                fresh.setdefault(draft.event_key, draft)
        if claim and fresh:
            self._settle(connection, claim, next(iter(fresh)))
        placed = self._place(connection, list(fresh.values()))
        return [self._outcome(draft, known, fresh, placed) for draft in drafts]

    def _known(self, connection: Connection, drafts: Sequence[Draft]) -> dict[EventKey, tuple[int, bytes]]:
        rows = connection.execute(_SQL["known_events"], {"keys": array_literal(d.event_key for d in drafts)})
        return {key: (position, digest) for key, position, digest in rows}

    def _settle(self, connection: Connection, claim: Claim, key: EventKey) -> None:
        values = {"entity": claim.entity, "etag": claim.etag, "by": claim.by, "event_key": key}
        if connection.execute(_SQL["claim"], values).fetchone() is None:
            holder = connection.execute(_SQL["claim_holder"], values).fetchone()
            assert holder
            raise ClaimLost(*holder)

    def _place(self, connection: Connection, fresh: Sequence[Draft]) -> dict[EventKey, Placed]:
        if not fresh:
            return {}
        row = connection.execute(
            _SQL["take_positions"], {"count": len(fresh), "gate": APPEND_LOCK}
        ).fetchone()
        assert row
        first, now = row
        rows = (columns(position, draft, now) for position, draft in enumerate(fresh, start=first))
        copy_rows(connection.cursor(), _SQL["copy_records"], rows)
        return {draft.event_key: Placed(0, first + n, now) for n, draft in enumerate(fresh)}

    def _outcome(
        self,
        draft: Draft,
        known: Mapping[EventKey, tuple[int, bytes]],
        fresh: Mapping[EventKey, Draft],
        placed: Mapping[EventKey, Placed],
    ) -> Outcome:
        if draft.event_key in known:
            position, digest = known[draft.event_key]
            return Repeated(0, position, digest == draft.digest)
        first, place = fresh[draft.event_key], placed[draft.event_key]
        return place if first is draft else Repeated(0, place.position, first.digest == draft.digest)

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        with self._database.connection() as connection:
            return read_records(connection, start, limit)

    def slice(self, number: int, of: int) -> "Slice":
        """Part of the log for one of several that read it together; all events of an owner lie in the same slice."""
        return Slice(self._database, number, of)

    def find(self, keys: Sequence[EventKey], *, wait: float = 0.0) -> dict[EventKey, Record]:
        with self._database.connection() as connection:
            rows = connection.execute(_SQL["find_records"], {"keys": array_literal(keys)})
            return {record.event_key: record for record in map(record_of, rows)}

    def ends(self) -> Mapping[int, int]:
        with self._database.connection() as connection:
            row = connection.execute(_SQL["end"]).fetchone()
        assert row
        return {0: row[0]}

    def log_id(self) -> str:
        """What tells this log from any other."""
        with self._database.connection() as connection:
            row = connection.execute(_SQL["log_id"]).fetchone()
        assert row
        return str(row[0])

    def wait(self, partition: int, start: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while True:
            seen = self.grown.count
            if self.ends()[0] > start:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.grown.wait(seen, min(left, POLL))

    def resolve(self, wanted: Mapping[int, int]) -> Mapping[int, int] | None:
        """Everything accepted has its place at once."""
        return wanted

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self.grown.give()


class Slice(PostgresLog):
    """The log as `slice` gives it: a read skips what belongs to the others."""

    def __init__(self, database: Database, number: int, of: int) -> None:
        super().__init__(database)
        self._number, self._of = number, of

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        values = {
            "start": start, "limit": limit, "bytes": MOST_BYTES, "number": self._number, "of": self._of,
        }  # fmt: skip
        with self._database.connection() as connection:
            return [record_of(row) for row in connection.execute(_SQL["read_slice"], values, binary=True)]


def read_records(connection: Connection, start: int, limit: int) -> list[Record]:
    """The records from `start` on, on a connection of the caller's."""
    values = {"start": start, "stop": start + limit, "bytes": MOST_BYTES}
    rows = connection.execute(_SQL["read_records"], values, binary=True)
    return [record_of(row) for row in rows]
