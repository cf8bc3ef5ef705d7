"""One thread that sees what was processed, whoever processed it, and tells all clients of this process."""

import logging
import threading
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from weakref import WeakSet

import psycopg

from api.live.news import News, redirected, reset, told
from api.live.subscriber import Subscriber
from api.system import System
from klantbeeld.failures import place_of
from klantbeeld.log import positions
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.positions import BadPosition
from klantbeeld.log.postgres.database import Connection
from projections.reading.changes import Happening, happened, moved_customers, reached

POLL: Final = 0.25
AWAY: Final = 1.0
MOST: Final = 2000
"""Entries that are told one by one; when more come at once, clients are told to read everything anew."""

log = logging.getLogger("klantbeeld.api")

Reached = Mapping[int, int]


class Hub:
    """Its thread runs while there are subscribers. Everything that blocks is done in that thread or the caller's."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._turn, self._membership = threading.Lock(), threading.Lock()
        self._subscribers: WeakSet[Subscriber] = WeakSet()
        self._redirected: dict[str, str] = {}
        self._reached: Reached = {}
        self._thread: threading.Thread | None = None

    def subscribe(self, subscriber: Subscriber, after: str | None) -> None:
        """Tell it from now on; before that what it missed after the position `after`. Blocks for a moment.

        It is forgotten when nobody else holds it any more.
        """
        with self._turn, self._system.reads.database.connection() as connection:
            if not self._members():
                self._reached = reached(connection)
            news = [*self._missed(connection, after), *self._gone(connection, subscriber.interest.customers)]
            subscriber.tell(news, _text(self._reached))
            with self._membership:
                self._subscribers.add(subscriber)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
                    self._thread.start()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Does not block. The thread ends by itself when nobody is left."""
        with self._membership:
            self._subscribers.discard(subscriber)

    @property
    def clients(self) -> int:
        return len(self._members())

    def _members(self) -> list[Subscriber]:
        with self._membership:
            return list(self._subscribers)

    def _left_alone(self) -> bool:
        """Whether nobody is left; then the thread counts as ended."""
        with self._membership:
            if not self._subscribers:
                self._thread = None
            return self._thread is None

    def _missed(self, connection: Connection, after: str | None) -> list[News]:
        if after is None:
            return []
        now = _text(self._reached)
        try:
            known = {partition: last + 1 for partition, last in positions.from_text(after).items()}
        except BadPosition:
            return [reset(now)]
        if known.keys() - self._reached.keys() or any(
            known[partition] > stop for partition, stop in self._reached.items() if partition in known
        ):
            return [reset(now)]
        return _between(connection, known, self._reached)

    def _run(self) -> None:
        while not self._left_alone():
            seen, pause = self._system.moved.count, POLL
            try:
                with self._turn:
                    self._look()
            except (LogUnavailable, psycopg.Error) as error:
                log.warning("live_waits cause=%s", place_of(error))
                pause = AWAY
            self._system.moved.wait(seen, pause)

    def _look(self) -> None:
        with self._system.reads.database.connection() as connection:
            now = reached(connection)
            if now == self._reached:
                return
            news = _between(connection, self._reached, now)
            news += self._redirections(connection)
        self._reached = now
        for subscriber in self._members():
            subscriber.tell(news, _text(now))

    def _redirections(self, connection: Connection) -> Iterator[News]:
        """Of the customers that somebody watches, those that are known under another id since we looked last."""
        before = self._redirected
        self._redirected = {}
        watched = {id_ for one in self._members() for id_ in one.interest.customers}
        for news in self._gone(connection, watched):
            if before.get(news.data["customer_id"]) != news.data["to"]:
                yield news

    def _gone(self, connection: Connection, watched: Collection[str]) -> list[News]:
        """Those of these customers that are known under another id now."""
        moved = moved_customers(connection, watched) if watched else {}
        self._redirected.update(moved)
        return [redirected(customer, to) for customer, to in moved.items()]


def _between(connection: Connection, known: Reached, now: Reached) -> list[News]:
    """What is told of everything from one state up to another; `reset` alone when that is too much."""
    found: list[tuple[Happening, str]] = []
    passed = dict(known)
    for partition, stop in sorted(now.items()):
        first = known.get(partition, 0)
        if stop <= first:
            continue
        for one in happened(connection, partition, first, stop, MOST + 1):
            passed[partition] = one.position + 1
            found.append((one, _text(passed)))
        passed[partition] = stop
    if len(found) > MOST:
        return [reset(_text(now))]
    return [news for one, id_ in found for news in told(one, id_)]


def _text(reached: Reached) -> str:
    """A state as clients see it: the last position of each partition that they have heard of."""
    places = [(partition, stop - 1) for partition, stop in reached.items() if stop > 0]
    return positions.to_text(places) or ""
