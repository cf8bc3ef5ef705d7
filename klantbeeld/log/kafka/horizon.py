"""Up to which moment everything that was accepted lies below which positions.

A snapshot is taken in an order that makes it true: the clock first, then who is publishing, then what waits in the spool,
then the log's ends. Whoever begins to append later has a later time of acceptance; whoever had ended before left his
records below the ends or in the spool.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from klantbeeld.failures import place_of
from klantbeeld.log.kafka.producing import PATIENCE
from klantbeeld.log.kafka.spool import SQL
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import APPEND_LOCK, Connection, Database

EVERY: Final = 0.2
MOST: Final = 2000
NOTHING_WAITS: Final = timedelta(seconds=2)
"""The newest moment is this young, unless something waits or the broker is away."""
FORGOTTEN_FOR: Final = PATIENCE + 1
"""Seconds: a server that restarted does not know who was publishing, and nobody publishes for longer than that."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was accepted before `moment` lies below `ends`."""

    moment: datetime
    ends: Mapping[int, int]

    def reached(self, checkpoints: Mapping[int, int]) -> bool:
        return all(checkpoints.get(partition, 0) >= end for partition, end in self.ends.items())


class Horizon:
    """A thread that takes snapshots. `ends` answers the log's ends; `away_since` tells since when it could not."""

    def __init__(
        self, database: Database, ends: Callable[[], Mapping[int, int]], *, every: float = EVERY
    ) -> None:
        self._database, self._ends, self._every = database, ends, every
        self._seen: list[Seen] = []
        self._lock, self._beginning, self._ending = threading.Lock(), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-horizon", daemon=True)
        self.broker_away_since: datetime | None = None

    def start(self) -> None:
        """Once or more often."""
        with self._beginning:
            if self._thread.ident is None:
                self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def as_of(self, checkpoints: Mapping[int, int]) -> datetime | None:
        """The latest known moment before which everything accepted lies below these next positions; None for unknown."""
        with self._lock:
            return next((one.moment for one in reversed(self._seen) if one.reached(checkpoints)), None)

    def complete(self, checkpoints: Mapping[int, int]) -> tuple[datetime | None, int]:
        """`as_of`, and the milliseconds since then where something may be missing: these positions have not come to the
        newest known ends, records wait in the spool, or the broker is away.

        The first question starts the thread.
        """
        self.start()
        at = self.as_of(checkpoints)
        with self._lock:
            newest = self._seen[-1] if self._seen else None
        if newest is None:
            return at, 0
        since = datetime.now(UTC) - (at or newest.moment)
        if newest.reached(checkpoints) and since < NOTHING_WAITS:
            return at, 0
        return at, max(int(since.total_seconds() * 1000), 0)

    def last_ends(self) -> Mapping[int, int] | None:
        """The newest ends that were seen; None when none were yet."""
        with self._lock:
            return self._seen[-1].ends if self._seen else None

    def look(self) -> Seen | None:
        """Take a snapshot now. None while it cannot be told who is publishing. Raises `LogUnavailable`."""
        with self._database.connection() as connection:
            moment = _complete_before(connection)
        if moment is None:
            return None
        seen = Seen(moment, self._asked())
        with self._lock:
            self._remember(seen)
        return seen

    def _asked(self) -> Mapping[int, int]:
        try:
            ends = self._ends()
        except LogUnavailable:
            self.broker_away_since = self.broker_away_since or datetime.now(UTC)
            raise
        self.broker_away_since = None
        return ends

    def _remember(self, seen: Seen) -> None:
        """What is older and reaches as far says nothing more; of many every second one of the older half goes."""
        while self._seen and (self._seen[-1].moment >= seen.moment or self._seen[-1].ends == seen.ends):
            if self._seen[-1].moment > seen.moment:
                return
            self._seen.pop()
        self._seen.append(seen)
        if len(self._seen) > MOST:
            self._seen = self._seen[: MOST // 2 : 2] + self._seen[MOST // 2 :]

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.look()
            except (LogUnavailable, psycopg.Error) as error:
                log.debug("horizon_unknown", extra={"cause": type(error).__name__})
            except Exception as error:
                log.error("horizon_failed", extra={"cause": place_of(error)})
            self._ending.wait(self._every)


def _complete_before(connection: Connection) -> datetime | None:
    """Each statement sees what was committed before it: the order of the four is what makes the answer true."""
    if _row(connection, "just_started", {"seconds": FORGOTTEN_FOR})[0]:
        return None
    (now,) = _row(connection, "now")
    since, unknown = _row(connection, "on_its_way", {"append": APPEND_LOCK})
    (oldest,) = _row(connection, "oldest_in_spool")
    return None if unknown else min(moment for moment in (now, since, oldest) if moment is not None)


def _row(connection: Connection, name: str, values: Mapping[str, object] | None = None) -> tuple[Any, ...]:
    row = connection.execute(SQL[name], values).fetchone()
    assert row
    return row
