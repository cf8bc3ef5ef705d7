"""What part (a) is compared with: `COPY` of the finished timeline rows into an identical, equally filled table."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from klantbeeld.bootstrap import opened
from klantbeeld.log.postgres.database import Connection
from projections import schema
from tests.bench.installation import Installation
from tests.bench.traffic import BATCH

HERE = "bench_copy"
INTO = f"COPY {HERE}.entry FROM STDIN".encode()


@dataclass(frozen=True)
class Copied:
    """Rows a second: in batches of 1,000 with a commit each, and all in one."""

    batched: float
    at_once: float


def copied(system: Installation, start: int, end: int) -> Copied:
    """Rows of the records from `start` to `end`, into a table that holds those before `start` already."""
    with opened(system.settings, pool=2) as wired, wired.database.dedicated() as connection:
        before, rows = _exported(connection, 0, start), _exported(connection, start, end)
        blocks = [b"".join(rows[n : n + BATCH]) for n in range(0, len(rows), BATCH)]
        with _table(connection, before):
            batched = _rate(connection, blocks, len(rows))
        with _table(connection, before):
            at_once = _rate(connection, [b"".join(blocks)], len(rows))
    return Copied(batched, at_once)


def _exported(connection: Connection, start: int, end: int) -> list[bytes]:
    query = f"COPY (SELECT * FROM read.entry WHERE position >= {start} AND position < {end} ORDER BY position) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        return [bytes(row) for row in copy]


@contextmanager
def _table(connection: Connection, before: Sequence[bytes]) -> Iterator[None]:
    schema.drop(connection, HERE)
    with connection.transaction():
        schema.create(connection, HERE)
        schema.create_indexes(connection, HERE)
    _copy(connection, b"".join(before))
    connection.execute("CHECKPOINT")
    try:
        yield
    finally:
        schema.drop(connection, HERE)


def _rate(connection: Connection, blocks: Sequence[bytes], rows: int) -> float:
    began = time.perf_counter()
    for block in blocks:
        _copy(connection, block)
    return rows / (time.perf_counter() - began)


def _copy(connection: Connection, block: bytes) -> None:
    """Committed when it returns."""
    with connection.cursor() as cursor, cursor.copy(INTO) as copy:
        copy.write(block)
