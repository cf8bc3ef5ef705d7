"""How much work the database is given: statements and rows, which say the same on every machine. No test lives here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(slots=True)
class Work:
    """`rows` were answered, changed or copied."""

    statements: int = 0
    rows: int = 0


@contextmanager
def counted(connection: psycopg.Connection[Any]) -> Iterator[Work]:
    """What this connection does inside the block."""
    work, plain = Work(), connection.cursor_factory

    class Counting(psycopg.Cursor[Any]):
        def execute(self, *given: Any, **named: Any) -> Any:
            work.statements += 1
            found = super().execute(*given, **named)
            work.rows += max(self.rowcount, 0)
            return found

        @contextmanager
        def copy(self, *given: Any, **named: Any) -> Iterator[Any]:
            work.statements += 1
            with super().copy(*given, **named) as copy:
                yield copy
            work.rows += max(self.rowcount, 0)

    connection.cursor_factory = Counting
    try:
        yield work
    finally:
        connection.cursor_factory = plain
