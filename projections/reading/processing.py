"""How far each processor has come, and what became of every record."""

from collections.abc import Mapping
from dataclasses import dataclass

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts in records. `end`: the position that the next accepted record will get."""

    processor: str
    partition: int
    position: int
    end: int
    stored: int
    late_duplicates: int
    dead: int
    shredded: int

    def counts(self) -> dict[str, int]:
        """They sum to what was accepted."""
        return {
            "stored": self.stored,
            "late_duplicate": self.late_duplicates,
            "dead": self.dead,
            "shredded": self.shredded,
            "in_flight": self.end - self.position,
        }


def progress(connection: Connection, ends: Mapping[int, int]) -> list[Progress]:
    """`ends`: the log's, asked for before the connection's snapshot was taken; it may have grown since."""
    rows = connection.execute(SQL["processing"]).fetchall()
    return [
        Progress(processor, partition, position, max(ends.get(partition, 0), position), *counts)
        for processor, partition, position, *counts in rows
    ]
