"""A database in memory: sessions, transactions with savepoints, row locks and unique keys, read committed.

It knows no SQL: `statements.py` says what each statement does. Before each step a session asks `interrupt`, which may
pause, end the session or raise what a driver raises.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg

from tests.simulation.fibers import Fiber

Key = tuple[Any, ...]
Interrupt = Callable[["Session", str], bool]
"""Answers whether the reply to this step gets lost; only the commit asks."""
GONE = "the connection is closed"


class Level:
    """What one transaction or savepoint has written and locked."""

    __slots__ = ("locks", "writes")

    def __init__(self) -> None:
        self.writes: dict[Key, Any] = {}
        self.locks: list[Key] = []


class Server:
    """What was committed, and who holds what. `committed` is told of every commit's rows, before they are there."""

    def __init__(
        self,
        statements: Mapping[str, tuple[str, Callable[["Session", Any], Any]]],
        committed: Callable[[dict[Key, Any]], None],
    ) -> None:
        self.statements = statements
        self.rows: dict[Key, Any] = {}
        self.entries_of: dict[Key, list[Any]] = {}
        self.holders: dict[Key, Session] = {}
        self.queues: dict[Key, list[Session]] = {}
        self.sessions: list[Session] = []
        self.away = False
        self._committed = committed

    def connect(self, interrupt: Interrupt) -> "Session":
        if self.away:
            raise psycopg.OperationalError("the server is away")
        session = Session(self, interrupt)
        self.sessions.append(session)
        return session

    def stop(self) -> None:
        """Every transaction is rolled back, nobody is served until it is back."""
        self.away = True
        for session in list(self.sessions):
            session.close()

    def commit(self, writes: dict[Key, Any]) -> None:
        self._committed(writes)
        self.rows.update(writes)
        for key, row in writes.items():
            if key[0] == "entry":
                for place in row.places:
                    self.entries_of.setdefault(place, []).append(row)

    def release(self, key: Key) -> None:
        """Whoever waited longest has it now."""
        del self.holders[key]
        queue = self.queues.get(key)
        if queue:
            heir = queue.pop(0)
            heir.waits_for = None
            heir.hold(key)

    def waiting(self, key: Key | None) -> Iterator["Session"]:
        """Who holds the key, and the one whom that one waits for, and so on."""
        while key is not None and (holder := self.holders.get(key)):
            yield holder
            key = holder.waits_for


class Session:
    """What psycopg's `Connection` in autocommit mode is to the code that runs on it."""

    def __init__(self, server: Server, interrupt: Interrupt) -> None:
        self.server, self._interrupt = server, interrupt
        self.closed = self.failed = False
        self.levels: list[Level] = []
        self.waits_for: Key | None = None

    def execute(self, text: str, values: Any = None) -> Any:
        name, statement = self.server.statements[text]
        self._interrupt(self, name)
        self._check()
        if not self.levels:
            with self.transaction():
                return statement(self, values)
        if self.failed:
            raise psycopg.errors.InFailedSqlTransaction
        try:
            return statement(self, values)
        except psycopg.Error:
            self.failed = True
            raise

    def transaction(self) -> "_Block":
        return _Block(self)

    def close(self) -> None:
        """What was not committed never happened."""
        if not self.closed:
            self.closed = True
            if self.waits_for is not None:
                self.server.queues[self.waits_for].remove(self)
                self.waits_for = None
            while self.levels:
                self._drop()
            self.server.sessions.remove(self)

    def read(self, key: Key) -> Any:
        """The row as this transaction sees it now."""
        for level in reversed(self.levels):
            if key in level.writes:
                return level.writes[key]
        return self.server.rows.get(key)

    def write(self, key: Key, row: Any) -> None:
        self.lock(key)
        self.levels[-1].writes[key] = row

    def insert(self, key: Key, row: Any) -> None:
        """Raises `UniqueViolation`, after waiting for another who is about to insert it."""
        self.lock(key)
        if self.read(key) is not None:
            raise psycopg.errors.UniqueViolation
        self.levels[-1].writes[key] = row

    def lock(self, key: Key) -> None:
        """Hold the key until the end of the transaction."""
        holder = self.server.holders.get(key)
        if holder is None:
            self.hold(key)
        elif holder is not self:
            self._wait(key)

    def hold(self, key: Key) -> None:
        """It is this transaction's from now on."""
        self.server.holders[key] = self
        self.levels[-1].locks.append(key)

    def entries_of(self, place: Key) -> list[Any]:
        """All entries of an entity that this transaction sees."""
        own = [row for level in self.levels for key, row in level.writes.items() if key[0] == "entry"]
        return [*self.server.entries_of.get(place, ()), *(row for row in own if place in row.places)]

    def begin(self) -> None:
        if not self.levels:
            self._interrupt(self, "begin")
        self._check()
        self.levels.append(Level())

    def end(self, failed: bool) -> None:
        if self.closed:
            if not failed:
                raise psycopg.OperationalError(GONE)
        elif failed:
            self._drop()
            self.failed = False
        elif len(self.levels) > 1:
            self._keep()
        else:
            self._commit()

    def _commit(self) -> None:
        unheard = self._interrupt(self, "commit")
        self._check()
        self.server.commit(self.levels[0].writes)
        self._drop()
        if unheard:
            self.close()
            raise psycopg.OperationalError("connection lost while waiting for the commit")
        self._interrupt(self, "committed")

    def _keep(self) -> None:
        inner = self.levels.pop()
        self.levels[-1].writes.update(inner.writes)
        self.levels[-1].locks.extend(inner.locks)

    def _drop(self) -> None:
        for key in self.levels.pop().locks:
            self.server.release(key)

    def _check(self) -> None:
        if self.closed:
            raise psycopg.OperationalError(GONE)

    def _wait(self, key: Key) -> None:
        """Stand in the queue for a key that another holds."""
        if any(one is self for one in self.server.waiting(key)):
            raise psycopg.errors.DeadlockDetected
        fiber = Fiber.current()
        assert fiber, "nobody is there to wait for"
        self.waits_for = key
        self.server.queues.setdefault(key, []).append(self)
        fiber.pause(lambda: self.waits_for is None)
        self._check()


class _Block:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._session.end(kind is not None)
