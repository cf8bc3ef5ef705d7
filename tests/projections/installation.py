"""A whole installation for tests, in a database of its own: ingest, log, processors and read models."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from klantbeeld.domain.digest import content_digest as digest_of
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.identity import default_rules
from klantbeeld.domain.picture import Picture, picture
from klantbeeld.ingest.accept import Ingest
from klantbeeld.ingest.sender import Sender
from klantbeeld.log.postgres.database import REPLAY_LOCK, Connection, Database
from klantbeeld.log.postgres.keys import PostgresKeyStore, open_names
from klantbeeld.log.postgres.log import PostgresLog
from klantbeeld.log.record import Record
from klantbeeld.log.sealing import Names
from projections import schema
from projections.contents import content_digest
from projections.corrections import decode
from projections.fence import Processor, apply_batch
from projections.opening import open_records
from projections.rebuild import RebuildReport, rebuild
from projections.search.postgres import PostgresSearch
from projections.search.processor import SearchProcessor
from projections.timeline import TimelineProcessor
from projections.verify import VerifyReport, verify

Cloud = dict[str, Any]
MASTER_KEY = b"k" * 32
SYSTEM = Sender(name="test", attests=True, system=True)
RULES = default_rules()
TRUNCATED_EVERY = 20
SHAPE = """
    WITH own AS (
        SELECT c.oid, (n.nspname, c.relname, c.relkind)::text AS name
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^(pg_|information_schema)'
    ), part AS (
        SELECT name FROM own
        UNION ALL SELECT (name, a.attname, a.atttypid, a.attnotnull)::text
        FROM own JOIN pg_attribute AS a ON a.attrelid = own.oid WHERE a.attnum > 0
        UNION ALL SELECT (name, k.conname, pg_get_constraintdef(k.oid))::text
        FROM own JOIN pg_constraint AS k ON k.conrelid = own.oid
        UNION ALL SELECT (name, t.tgname)::text FROM own JOIN pg_trigger AS t ON t.tgrelid = own.oid
    )
    SELECT md5(string_agg(name, chr(10) ORDER BY name)) FROM part
"""
LEFT_ALONE = ("secret", "erasure_epoch", "log_end")


@dataclass(slots=True)
class Installation:
    """What a test holds on to. `settle` is what a runner does, in one go and on one connection."""

    database: Database
    names: Names = field(init=False)
    keys: PostgresKeyStore = field(init=False)
    log: PostgresLog = field(init=False)
    ingest: Ingest = field(init=False)
    running: list[Processor] = field(init=False)
    connection: Connection = field(init=False)
    _emptied: int = 0
    _untouched: str = ""

    def __post_init__(self) -> None:
        self.names = open_names(self.database, MASTER_KEY)
        self.keys = PostgresKeyStore(self.database, self.names, MASTER_KEY)
        self.log = PostgresLog(self.database)
        self.ingest = Ingest(
            self.log, self.keys, self.names, lambda: datetime.now(UTC), "NL", "Europe/Amsterdam"
        )
        self.connection = self.database.dedicated()
        self.running = self.processors()

    def processors(self) -> list[Processor]:
        """Fresh ones, as a rebuild needs them."""
        return [
            TimelineProcessor(self.names, self.keys, RULES, sole=True),
            SearchProcessor(PostgresSearch),
        ]

    def post(self, clouds: Iterable[Cloud]) -> None:
        """Events into the log, in batches; every one must be taken or known."""
        raws = [json.dumps(one).encode() for one in clouds]
        for start in range(0, len(raws), 1000):
            for result in self.ingest.accept(raws[start : start + 1000], SYSTEM).results:
                assert result.status != "rejected", result

    def settle(self, sizes: Callable[[], int] = lambda: 1000, until: int = 1_000_000_000) -> None:
        """Let all processors catch up with the log (not beyond `until`), in batches of whatever `sizes` answers."""
        log_id = self.log.log_id()
        for processor in self.running:
            position = self.position(processor.name)
            while records := self.log.read(0, position, min(sizes(), until - position)):
                with self.connection.transaction():
                    position = apply_batch(self.connection, processor, 0, log_id, records)

    def take(self, *batches: Sequence[Cloud]) -> None:
        """Each of these batches posted and processed before the next."""
        for batch in batches:
            self.post(batch)
            self.settle()

    def verify(self) -> VerifyReport:
        return verify(self.database, self.log, self.keys, self.names, self.processors)

    def rebuild(self, *, swap: bool = True) -> RebuildReport:
        return rebuild(self.database, self.log, self.keys, self.processors, swap=swap)

    @contextmanager
    def replay_elsewhere(self) -> Iterator[None]:
        """As if another process were rebuilding while the block lasts."""
        self.run("SELECT pg_advisory_lock(%s)", REPLAY_LOCK)
        try:
            yield
        finally:
            self.run("SELECT pg_advisory_unlock(%s)", REPLAY_LOCK)

    def position(self, processor: str = "timeline") -> int:
        return self.position_on(self.connection, processor)

    @staticmethod
    def position_on(connection: Connection, processor: str) -> int:
        query = "SELECT coalesce(max(next_position), 0) FROM checkpoint WHERE processor = %s"
        row = connection.execute(query, [processor]).fetchone()
        return int(row[0]) if row else 0

    def records(self) -> list[Record]:
        return self.log.read(0, 0, self.log.ends()[0])

    def events(self) -> list[Event]:
        return [one for one in open_records(self.records(), self.keys) if isinstance(one, Event)]

    def pictured(self) -> Picture:
        """What the read models must agree with."""
        return picture(self.events(), RULES, decode)

    def expected_digest(self) -> str:
        return digest_of(self.pictured())

    def digest(self) -> str:
        with self.connection.transaction():
            return content_digest(self.connection)

    def one(self, query: str, *values: object) -> Sequence[Any]:
        row = self.connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return row

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), values).fetchall()

    def run(self, statement: str, *values: object) -> int:
        """Behind the system's back: how many rows it changed."""
        return self.connection.execute(statement.encode(), values).rowcount

    def empty(self) -> None:
        """As new, apart from its keys: quicker than another database. Rows are deleted, which leaves plans as they are;
        now and then what is left of them is thrown away.
        """
        self._connect_again()
        tables = self._tables()
        filled = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT FROM {one})" for one in tables)
        with self.connection.transaction():
            if self._emptied % TRUNCATED_EVERY == 0:
                self.run(f"TRUNCATE {', '.join(tables)}")
            else:
                for (one,) in self.all(filled):
                    self.run(f"DELETE FROM {one}")
            self.run("UPDATE kept.log_end SET next_position = 0")
            self.run("UPDATE kept.erasure_epoch SET epoch = epoch + 1")
        self._emptied += 1
        self.keys.epoch(fresh=True)
        self.running = self.processors()

    def _tables(self) -> list[str]:
        query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('read', 'kept')"
        return [f"{schema}.{table}" for schema, table in self.all(query) if table not in LEFT_ALONE]

    def renew(self) -> None:
        """As `empty`, whatever was done to the tables."""
        self._connect_again()
        if self._shape() != self._untouched:
            with self.connection.transaction():
                schema.drop(self.connection, schema.LIVE)
                schema.create(self.connection, schema.LIVE)
                schema.create_indexes(self.connection, schema.LIVE)
            self._untouched = self._shape()
        self.empty()

    def _shape(self) -> str:
        """What schemas, tables, columns, constraints and triggers there are."""
        return str(self.one(SHAPE)[0])

    def _connect_again(self) -> None:
        """If the test before was ended in the middle of a statement."""
        if self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self.connection.close()
            self.connection = self.database.dedicated()

    def close(self) -> None:
        self.connection.close()
        self.database.close()
