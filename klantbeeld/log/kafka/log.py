"""The event log as a Kafka topic, behind the port of every log.

An append answers when every record is confirmed by the broker, or lies in the spool: so it is durable either way, and no
caller notices an outage. Two appends of one event within moments may both be called placed, since the read models that
know what was recorded come a little later; whoever processes the log stores it once.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.kafka import announcing
from klantbeeld.log.kafka.draining import Drain
from klantbeeld.log.kafka.horizon import Horizon
from klantbeeld.log.kafka.producing import PATIENCE, Publisher
from klantbeeld.log.kafka.reading import Reader
from klantbeeld.log.kafka.recent import Known, Recent
from klantbeeld.log.kafka.spool import MOST_BYTES, MOST_ROWS, SQL, Spool, Waiting
from klantbeeld.log.kafka.topics import prepared, topics_of
from klantbeeld.log.kafka.wire import message_of
from klantbeeld.log.port import Claim, ClaimLost, EpochMoved, LogUnavailable, Outcome, Placed, Repeated
from klantbeeld.log.positions import SPOOL
from klantbeeld.log.postgres.database import APPEND_LOCK, ERASURE_LOCK, Connection, Database
from klantbeeld.log.record import Draft, Record
from klantbeeld.signal import Signal

POLL = 0.05
Recorded = Callable[[Sequence[EventKey]], Mapping[EventKey, Known]]


class KafkaLog:
    """`start` it before use and `close` it.

    `recorded` answers from the read models where events lie that were processed, `reached` how far they have come.
    `patience` is in seconds.
    """

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        partitions: int,
        database: Database,
        recorded: Recorded,
        *,
        reached: Callable[[], Mapping[int, int]] = dict,
        patience: float = PATIENCE,
        spool_rows: int = MOST_ROWS,
        spool_bytes: int = MOST_BYTES,
    ) -> None:
        self.topics = topics_of(prefix, partitions)
        self.partitions, self.grown = partitions, Signal()
        self._bootstrap, self._database, self._recorded = bootstrap, database, recorded
        self._reached = reached
        self._publisher = Publisher(bootstrap, patience=patience)
        self._reader = Reader(bootstrap, self.topics.events, partitions)
        self._spool = Spool(database, spool_rows, spool_bytes)
        self._recent = Recent()
        self._id: str | None = None
        self._preparing = threading.Lock()
        self._drain = Drain(
            database, self._publisher, self._spool, self.topics.events, self._prepare, self.wake
        )
        self.horizon = Horizon(database, self._reader.ends)

    def start(self) -> None:
        """Make the topics and connect; without a broker, start with the spool. Raises `TopicRefused`."""
        self._reader.open()
        try:
            self._prepare()
            self._publisher.connect(self.topics.events)
            if not self._spool.is_waiting():
                self._publisher.trust()
        except LogUnavailable:
            pass  # the drain goes on trying
        self._drain.start()

    def close(self) -> None:
        self.horizon.close()
        self._drain.close()
        self._publisher.close()
        self._reader.close()

    @property
    def away(self) -> bool:
        """Whether records go to the spool now."""
        return self._publisher.away

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        """As the port says. After an outage of PostgreSQL in mid-append some may be in the log all the same."""
        if self._drain.refused:
            raise LogUnavailable(str(self._drain.refused))
        known = self._known([draft.event_key for draft in drafts])
        fresh: dict[EventKey, Draft] = {}
        for draft in drafts:
            if draft.event_key not in known:
                fresh.setdefault(draft.event_key, draft)
        with self._database.transaction() as connection:
            recorded_at = self._begun(connection, epoch)
            if claim and fresh:
                _settle(connection, claim, next(iter(fresh)))
            placed = self._place(connection, list(fresh.values()), recorded_at)
        self._recent.add(
            {
                key: (place.partition, place.position, fresh[key].digest)
                for key, place in placed.items()
                if place.partition != SPOOL
            }
        )
        self.wake()
        return [_outcome(draft, known, fresh, placed) for draft in drafts]

    def _known(self, keys: Sequence[EventKey]) -> dict[EventKey, Known]:
        return {**self._spool.known(keys), **self._recorded(keys), **self._recent.known(keys)}

    def _begun(self, connection: Connection, epoch: int) -> datetime:
        """Hold off erasures; the time of acceptance, which the horizon stays below until the commit."""
        connection.execute(SQL["hold"], {"erasure": ERASURE_LOCK, "append": APPEND_LOCK})
        row = connection.execute(SQL["begun"]).fetchone()
        if row is None or row[0] != epoch:
            raise EpochMoved
        recorded_at: datetime = row[1]
        return recorded_at

    def _place(
        self, connection: Connection, fresh: Sequence[Draft], recorded_at: datetime
    ) -> dict[EventKey, Placed]:
        messages = [message_of(draft, recorded_at) for draft in fresh]
        found = self._publisher.publish(self.topics.events, messages) if messages else []
        placed = {
            draft.event_key: Placed(*place, recorded_at)
            for draft, place in zip(fresh, found, strict=True)
            if place is not None
        }
        left = [draft for draft in fresh if draft.event_key not in placed]
        if left:
            ids = self._spool.add(connection, left, recorded_at)
            for draft, id_ in zip(left, ids, strict=True):
                placed[draft.event_key] = Placed(SPOOL, id_, recorded_at)
        return placed

    def resolve(self, wanted: Mapping[int, int]) -> Mapping[int, int] | None:
        """Wanted positions with those in the spool replaced by places in the log; None while they have none yet."""
        return self._spool.resolve(wanted)

    def waiting(self) -> Waiting:
        """What lies in the spool. Raises `LogUnavailable` without PostgreSQL."""
        return self._spool.waiting()

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        """As the port says; what is no record of ours comes as a record of the type `wire.UNREADABLE`."""
        return self._reader.read(partition, start, limit)

    def find(self, keys: Sequence[EventKey], *, wait: float = 0.0) -> dict[EventKey, Record]:
        """As the port says; also what waits in the spool, at partition -1."""
        found = self._find(keys)
        if wait and len(found) < len(set(keys)) and self._followed(wait):
            found = self._find(keys)
        return found

    def _followed(self, wait: float) -> bool:
        """Whether the read models come as far as the log is now within so many seconds."""
        ends, deadline = self.ends(), time.monotonic() + wait
        while time.monotonic() < deadline:
            now = self._reached()
            if all(now.get(partition, 0) >= end for partition, end in ends.items()):
                return True
            time.sleep(POLL)
        return False

    def _find(self, keys: Sequence[EventKey]) -> dict[EventKey, Record]:
        found = self._spool.find(keys)
        known = self._known([key for key in keys if key not in found]).values()
        places = [(partition, position) for partition, position, _ in known if partition != SPOOL]
        found.update((record.event_key, record) for record in self._reader.read_each(places))
        return {key: found[key] for key in keys if key in found}

    def ends(self) -> Mapping[int, int]:
        return self._reader.ends()

    def last_ends(self) -> Mapping[int, int]:
        """As `ends`, a moment ago: for who would rather not wait for a broker. Raises `LogUnavailable`."""
        return self.horizon.last_ends() or self.ends()

    def log_id(self) -> str:
        """Made of the ids of cluster and topic: a topic that was made anew is another log."""
        return self._prepare()

    def wait(self, partition: int, start: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while True:
            seen = self.grown.count
            if self.ends()[partition] > start:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.grown.wait(seen, min(left, POLL))

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self.grown.give()

    def announce(self, letters: Sequence[announcing.Letter]) -> None:
        """Tell the topic of dead letters where they lie and why. Raises `LogUnavailable` while Kafka is away."""
        messages = [announcing.message_of(letter) for letter in letters]
        if None in self._publisher.publish(self.topics.dead_letters, messages):
            raise LogUnavailable("kafka is away")

    def _prepare(self) -> str:
        with self._preparing:
            if self._id is None:
                self._id = prepared(self._bootstrap, self.topics)
            return self._id


def _settle(connection: Connection, claim: Claim, key: EventKey) -> None:
    """Take the claim. Who took it before with this very event sends it again, and has it."""
    values = {"entity": claim.entity, "etag": claim.etag, "by": claim.by, "event_key": key}
    if connection.execute(SQL["claim"], values).fetchone() is None:
        holder = connection.execute(SQL["claim_holder"], values).fetchone()
        assert holder
        by, at, event_key = holder
        if event_key != key:
            raise ClaimLost(by, at)


def _outcome(
    draft: Draft,
    known: Mapping[EventKey, Known],
    fresh: Mapping[EventKey, Draft],
    placed: Mapping[EventKey, Placed],
) -> Outcome:
    if draft.event_key in known:
        partition, position, digest = known[draft.event_key]
        return Repeated(partition, position, digest == draft.digest)
    first, place = fresh[draft.event_key], placed[draft.event_key]
    if first is draft:
        return place
    return Repeated(place.partition, place.position, first.digest == draft.digest)
