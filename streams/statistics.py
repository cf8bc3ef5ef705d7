"""The planner told early how large new tables are: by itself PostgreSQL looks after a minute, and plans for small ones
until then.
"""

from contextlib import suppress
from typing import Final

import psycopg

from klantbeeld.log.postgres.database import Connection
from projections import schema

MARKS: Final = (2_000, 20_000)
"""Records processed after which a worker looks."""


class Statistics:
    """One for a worker."""

    def __init__(self) -> None:
        self._seen = 0

    def after(self, connection: Connection, records: int) -> None:
        """So many more were processed. The connection must be outside a transaction; a failure is left for PostgreSQL to
        make up for.
        """
        before, self._seen = self._seen, self._seen + records
        if any(before < mark <= self._seen for mark in MARKS):
            with suppress(psycopg.Error):
                schema.analyze_grown(connection, schema.LIVE)
