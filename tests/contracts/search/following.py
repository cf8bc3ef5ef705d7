"""A small installation whose search follows its timeline, for tests."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from klantbeeld.domain.identity import default_rules
from klantbeeld.ingest.accept import Ingest
from klantbeeld.log.postgres.database import Database
from klantbeeld.log.postgres.keys import PostgresKeyStore, open_names
from klantbeeld.log.postgres.log import PostgresLog
from projections.fence import apply_batch
from projections.search.port import Hit
from projections.search.postgres import PostgresSearch
from projections.search.processor import SearchProcessor
from projections.timeline import TimelineProcessor
from tests.domain.building import SYSTEM, Cloud

MASTER_KEY = b"k" * 32
LEFT = ("secret", "erasure_epoch", "log_end")


class Following:
    def __init__(self, database: Database) -> None:
        self.connection = database.dedicated()
        names = open_names(database, MASTER_KEY)
        self._keys = PostgresKeyStore(database, names, MASTER_KEY)
        self._names, self.log = names, PostgresLog(database)
        self._ingest = Ingest(
            self.log, self._keys, names, lambda: datetime.now(UTC), "NL", "Europe/Amsterdam"
        )
        self.index, self.search = PostgresSearch(self.connection), SearchProcessor(PostgresSearch)
        self.start_again()

    def start_again(self) -> None:
        """Positions and what processors remember; the log is left as it is."""
        self.timeline = TimelineProcessor(self._names, self._keys, default_rules())

    def post(self, *clouds: Cloud) -> None:
        raws = [json.dumps(one).encode() for one in clouds]
        for result in self._ingest.accept(raws, SYSTEM).results:
            assert result.status != "rejected", result

    def take(self, *clouds: Cloud) -> None:
        """These events posted; timeline and search caught up."""
        self.post(*clouds)
        self.step_timeline()
        self.step_search()

    def step_timeline(self, size: int = 1000) -> bool:
        return self._step(self.timeline, size)

    def step_search(self, size: int = 1000) -> bool:
        """One batch of what the timeline has passed; False when there was none."""
        behind = self.search.limit(self.connection, 0) - self.position("search")
        return self._step(self.search, min(size, behind)) if behind > 0 else False

    def _step(self, processor: Any, size: int) -> bool:
        records = self.log.read(0, self.position(processor.name), size)
        if records:
            with self.connection.transaction():
                apply_batch(self.connection, processor, 0, self.log.log_id(), records)
        return bool(records)

    def position(self, processor: str) -> int:
        row = self.connection.execute(
            "SELECT coalesce(max(next_position), 0) FROM checkpoint WHERE processor = %s", [processor]
        ).fetchone()
        assert row
        return int(row[0])

    def catch_up(self, size: Callable[[], int], turn: Callable[[], bool]) -> None:
        """Both processors in turns, in batches of any size, until nothing is left."""
        moving = True
        while moving:
            moving = self.step_timeline(size()) if turn() else self.step_search(size())
            moving = moving or self.step_timeline(size()) or self.step_search(size())

    def hits(self, query: str) -> list[Hit]:
        return list(self.index.search(query, limit=100).hits)

    def titles(self, query: str) -> list[str]:
        return sorted(hit.title for hit in self.hits(query))

    def held(self) -> list[Sequence[Any]]:
        """All that the index holds, without versions."""
        return self.connection.execute(
            "SELECT id, kind, owner, entity_id, occurred_at, channel, title, body, names, words::text"
            " FROM search_document ORDER BY id"
        ).fetchall()

    def filled_anew(self) -> list[Sequence[Any]]:
        """What the index would hold if it were made now from the read models."""
        self.connection.execute("TRUNCATE search_document")
        self.search.fill(self.connection)
        return self.held()

    def empty(self) -> None:
        """As after the installation."""
        rows = self.connection.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname IN ('kept', 'read') AND tablename <> ALL(%s)",
            [list(LEFT)],
        ).fetchall()
        self.connection.execute("TRUNCATE " + ", ".join(name for (name,) in rows))
        self.connection.execute("UPDATE kept.log_end SET next_position = 0")
        self.connection.execute("UPDATE kept.erasure_epoch SET epoch = epoch + 1")
        self.start_again()

    def close(self) -> None:
        self.connection.close()
