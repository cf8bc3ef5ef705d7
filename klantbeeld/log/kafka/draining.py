"""Getting back to the broker: a thread that tries until one answers, and then publishes what waits in the spool.

Of several processes one at a time publishes. Every pause is under a second, so that the first record is in the log soon
after the broker is back.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

import psycopg

from klantbeeld.failures import place_of
from klantbeeld.log.kafka import spool as spools
from klantbeeld.log.kafka.producing import Publisher
from klantbeeld.log.kafka.spool import SQL, Spool
from klantbeeld.log.kafka.topics import TopicRefused
from klantbeeld.log.kafka.wire import message_of
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import ERASURE_LOCK, Database

PAUSE: Final = 0.5
TIDY_EVERY: Final = 300
log = logging.getLogger(__name__)


class Drain:
    """`ready` makes sure that the topic is there: it raises `LogUnavailable` while no broker answers."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        spool: Spool,
        topic: str,
        ready: Callable[[], object],
        moved: Callable[[], None],
    ) -> None:
        self._database, self._publisher, self._spool, self._topic = database, publisher, spool, topic
        self._ready, self._moved = ready, moved
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-spool", daemon=True)
        self._last_seen: datetime | None = None
        self.refused: TopicRefused | None = None

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        rounds = 0
        while not self._ending.is_set():
            try:
                busy = self._round()
                if rounds % TIDY_EVERY == 0:
                    self._spool.forget()
                rounds += 1
            except (LogUnavailable, psycopg.OperationalError) as error:
                log.debug("spool_waits", extra={"cause": type(error).__name__})
                busy = False
            except TopicRefused as error:
                log.critical("topic_refused", extra={"code": error.code})
                self.refused = error
                return
            except Exception as error:
                log.error("spool_failed", extra={"cause": place_of(error)})
                busy = False
            if not busy:
                self._ending.wait(PAUSE)

    def _round(self) -> bool:
        """One batch from the spool, if there is any; whether to go on at once."""
        self._ready()
        if not self._publisher.connect(self._topic):
            return False
        if not self._spool.is_waiting():
            self._publisher.trust()
            return False
        return self._publish()

    def _publish(self) -> bool:
        with self._database.transaction() as connection:
            if not spools.leads(connection):
                self._follow(spools.last_published(connection))
                return False
            connection.execute(SQL["hold_erasure"], {"erasure": ERASURE_LOCK})
            records = spools.oldest(connection)
            messages = [message_of(record, record.recorded_at) for record in records]
            found = self._publisher.publish(self._topic, messages, probing=True)
            places = {
                record.position: place
                for record, place in zip(records, found, strict=True)
                if place is not None
            }
            spools.published(connection, places)
        if places:
            log.info("spool_published", extra={"records": len(places)})
            self._moved()
        return bool(places)

    def _follow(self, last: datetime | None) -> None:
        """Another process publishes: once it gets on, the broker takes records again."""
        if self._publisher.away and last != self._last_seen:
            self._publisher.trust()
        self._last_seen = last
