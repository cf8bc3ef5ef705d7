"""What a run sees of the system from outside: how far processors have come, and whether the counts add up."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg

from klantbeeld.log.kafka.reading import Reader
from klantbeeld.log.port import LogUnavailable

PROCESSORS: Final = ("timeline", "search")
POLL: Final = 0.05
Row = tuple[Any, ...]


class TookTooLong(Exception):
    """Something that had to come did not come in time."""


class Watch:
    """Asks again while a part is away. `give_up` is asked meanwhile: it raises when waiting longer has no use."""

    def __init__(
        self, database_url: str, bootstrap: str, topic: str, partitions: int, give_up: Callable[[], None]
    ) -> None:
        self._url, self._give_up = database_url, give_up
        self._reader = Reader(bootstrap, topic, partitions)
        self._connection: psycopg.Connection[Row] | None = None

    def __enter__(self) -> "Watch":
        self._reader.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        self._reader.close()

    def asked(self, query: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """Raises `psycopg.OperationalError` while the database is away."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
        try:
            return self._connection.execute(query.encode(), values).fetchall()
        except psycopg.Error:
            self._forget()
            raise

    def until(self, what: str, condition: Callable[[], bool], seconds: float) -> float:
        """Wait for the condition; the seconds it took. Raises `TookTooLong`."""
        began = time.monotonic()
        while not self._holds(condition):
            self._give_up()
            if time.monotonic() - began > seconds:
                raise TookTooLong(f"{what}: not after {seconds:.0f} s; {self.standing()}")
            time.sleep(POLL)
        return time.monotonic() - began

    def until_visible(self, since: datetime, seconds: float) -> float:
        """Until an event that was accepted after this moment can be read."""
        query = "SELECT max(recorded_at) > %(since)s FROM read.checkpoint WHERE processor = 'timeline'"
        return self.until(
            "an event visible", lambda: bool(self.asked(query, {"since": since})[0][0]), seconds
        )

    def until_caught_up(self, since: datetime, seconds: float) -> float:
        """Until all that was accepted before this moment has been published and processed by all."""
        query = "SELECT count(*) = 0 FROM kept.spool WHERE recorded_at < %(since)s"
        took = self.until(
            "the spool published", lambda: bool(self.asked(query, {"since": since})[0][0]), seconds
        )
        ends: dict[int, int] = {}

        def reached() -> bool:
            if not ends:
                ends.update(self._reader.ends())
            return self.behind(ends) == 0

        return took + self.until("everything processed", reached, seconds - took)

    def behind(self, ends: Mapping[int, int]) -> int:
        """Records below these ends that some processor has not taken."""
        rows = self.asked("SELECT processor, partition, next_position FROM read.checkpoint")
        reached = {(processor, partition): position for processor, partition, position in rows}
        return sum(max(end - reached.get((name, p), 0), 0) for name in PROCESSORS for p, end in ends.items())

    def ends(self) -> Mapping[int, int]:
        """Raises `LogUnavailable`."""
        return self._reader.ends()

    def out_of_balance(self) -> list[str]:
        """Every position is the sum of what became of the records before it, and lies within the log."""
        rows = self.asked(
            "SELECT processor, partition, next_position, stored, late_duplicates, dead, shredded FROM read.checkpoint"
        )
        ends = self._reader.ends()
        return [
            f"{name} partition {partition}: {position} of {ends.get(partition)} is not the sum of {counts}"
            for name, partition, position, *counts in rows
            if sum(counts) != position or position > ends.get(partition, 0)
        ]

    def standing(self) -> str:
        """For whoever reads why it took too long."""
        try:
            rows = self.asked("SELECT processor, partition, next_position FROM read.checkpoint ORDER BY 1, 2")
            spool = self.asked("SELECT count(*) FROM kept.spool")[0][0]
            return f"log ends {dict(self._reader.ends())}, checkpoints {rows}, spool {spool}"
        except (psycopg.Error, LogUnavailable) as error:
            return type(error).__name__

    def settle(self, checks: Sequence[Callable[[], list[str]]], seconds: float) -> list[str]:
        """What is wrong by these checks, asked again while a part is away."""
        found: list[str] = []

        def answered() -> bool:
            found[:] = [problem for check in checks for problem in check()]
            return True

        self.until("an answer", answered, seconds)
        return found

    def _holds(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable, LogUnavailable):
            return False

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
