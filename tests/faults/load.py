"""The load: events over HTTP, as careful connectors send them.

What is sent follows from the seed. An event counts as accepted when an answer says so; until then it is sent again, with
the id it had, to whichever server answers. Some are sent twice on purpose, some long after those that came later.
"""

import http.client
import json
import queue
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from tests.bench.wire import BATCH, EVENT
from tests.bench.workload import Workload

SOURCE: Final = "/bench"
CUSTOMERS: Final = 2000
SENDERS: Final = 8
PATIENCE: Final = 15.0
PAUSES: Final = (0.1, 0.3, 1.0)
BATCHES: Final = range(20, 61)
MOST: Final = 500
SHARE_SINGLE: Final = 0.87
"""Of the requests; about a seventh of the events."""
SHARE_TWICE: Final = 0.03
SHARE_LATER: Final = 0.05
KEPT: Final = 4000
"""Events from the past that may be sent again."""
AGAIN, LATE = "again", "late"


def workload(seed: int) -> Workload:
    """The events of a run with this seed, in the order in which they happen."""
    return Workload(CUSTOMERS, seed=seed, name=f"f{seed}")


class Shuffled:
    """The same events in the order in which they are sent. `hold` and `again` are for one thread, the one that sends."""

    def __init__(self, seed: int) -> None:
        self._workload, self._random, self.given = workload(seed), random.Random(seed), 0
        self._held: list[bytes] = []
        self._past: deque[bytes] = deque(maxlen=KEPT)
        self._wanted: deque[tuple[str, int]] = deque()

    def order(self, what: str, count: int) -> None:
        """Ask for a disturbance: `AGAIN` sends so many old events once more, `LATE` holds back so many new ones."""
        self._wanted.append((what, count))

    def next(self, count: int) -> list[bytes]:
        """About so many events to send next, more or less."""
        if self._wanted:
            what, wanted = self._wanted.popleft()
            if what == AGAIN and self._past:
                return self._random.choices(self._past, k=wanted)
            self._held.extend(self._taken(wanted))
        found = []
        for event in self._taken(count):
            if self._random.random() < SHARE_LATER:
                self._held.append(event)
                continue
            found.append(event)
            if self._random.random() < SHARE_TWICE and self._past:
                found.append(self._random.choice(self._past))
        found.extend(self._released(len(self._held) // 20))
        self._past.extend(found)
        return found

    def rest(self) -> list[bytes]:
        """What is still held back."""
        return self._released(len(self._held))

    def _taken(self, count: int) -> list[bytes]:
        self.given += count
        return list(self._workload.events(count))

    def _released(self, count: int) -> list[bytes]:
        """Of those held back any, so that the order is lost."""
        self._random.shuffle(self._held)
        found, self._held = self._held[:count], self._held[count:]
        return found


class Load:
    """`start` it, `finish` it. `ports` tells where servers listen at the moment; `rate` is in events a second."""

    def __init__(self, seed: int, rate: float, ports: Callable[[], Sequence[int]], token: str) -> None:
        self.rate, self.least = rate, 0
        self.accepted: dict[str, None] = {}
        self.answers: Counter[str] = Counter()
        self.refused: list[str] = []
        self._random, self._ports, self._token = random.Random(seed), ports, token
        self._shuffled = Shuffled(seed)
        self._queue: queue.Queue[list[bytes] | None] = queue.Queue(maxsize=2 * SENDERS)
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._busy: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._feed, name="feed", daemon=True)]
        self._threads += [
            threading.Thread(target=self._send_all, name=f"send-{number}", daemon=True)
            for number in range(SENDERS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def order(self, what: str, count: int) -> None:
        """As `Shuffled.order`."""
        self._shuffled.order(what, count)

    def waits_for(self, port: int) -> bool:
        """Whether a request to this server is under way."""
        return self._busy[port] > 0

    @property
    def given(self) -> int:
        """How many events of the workload were taken to be sent."""
        return self._shuffled.given

    def accepted_by_now(self, after: int = 0) -> list[str]:
        """The ids of the events that were accepted, in the order of the answers, but for the first so many."""
        with self._lock:
            return list(islice(self.accepted, after, None))

    def finish(self, least: int) -> None:
        """Send on, as fast as answers come, until so many events have been given; `ended` then tells."""
        self.least = least
        self._ending.set()

    @property
    def ended(self) -> bool:
        """Whether every event that was given has been accepted."""
        return not any(thread.is_alive() for thread in self._threads)

    def _feed(self) -> None:
        due = time.monotonic()
        while not self._ending.is_set():
            single = self._random.random() < SHARE_SINGLE
            some = self._shuffled.next(1 if single else self._random.choice(BATCHES))
            self._ship(some, 1 if single else MOST)
            due = max(due + min(len(some), BATCHES.stop) / self.rate, time.monotonic() - 1.0)
            self._ending.wait(max(due - time.monotonic(), 0))
        while self._shuffled.given < self.least:
            self._ship(self._shuffled.next(min(MOST, self.least - self._shuffled.given)), MOST)
        self._ship(self._shuffled.rest(), MOST)
        for _ in range(SENDERS):
            self._queue.put(None)

    def _ship(self, events: list[bytes], size: int) -> None:
        for start in range(0, len(events), size):
            self._queue.put(events[start : start + size])

    def _send_all(self) -> None:
        with Connections(self._token) as connections:
            while (shipment := self._queue.get()) is not None:
                self._send(connections, shipment)

    def _send(self, connections: "Connections", events: list[bytes]) -> None:
        """Until each is accepted."""
        attempt = 0
        while events:
            told = self._answered(connections, events)
            if told is not None:
                events = self._settled(events, told)
                continue
            time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    def _answered(self, connections: "Connections", events: Sequence[bytes]) -> list[dict[str, Any]] | None:
        ports = self._ports()
        if not ports:
            return None
        port = random.choice(ports)
        self._busy[port] += 1
        try:
            status, body = connections.post(port, events)
        except (OSError, http.client.HTTPException) as error:
            connections.drop(port)
            self._note(type(error).__name__)
            return None
        finally:
            self._busy[port] -= 1
        self._note(str(status))
        if status != 202:
            return None
        results: list[dict[str, Any]] = json.loads(body)["results"]
        return results

    def _settled(self, events: list[bytes], told: list[dict[str, Any]]) -> list[bytes]:
        """Remember what was accepted; what is left to send again."""
        left = []
        with self._lock:
            for result in told:
                if result["status"] in ("accepted", "duplicate"):
                    self.accepted.setdefault(result["id"])
                else:
                    self.refused.append(f"{result['id']} {result.get('code')}")
        return left

    def _note(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1


class Connections:
    """Kept open, one for each server; for one thread."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._open: dict[int, http.client.HTTPConnection] = {}

    def __enter__(self) -> "Connections":
        return self

    def __exit__(self, *_: object) -> None:
        for port in list(self._open):
            self.drop(port)

    def post(self, port: int, events: Sequence[bytes]) -> tuple[int, bytes]:
        if port not in self._open:
            self._open[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection = self._open[port]
        single = len(events) == 1
        body = events[0] if single else b"[" + b",".join(events) + b"]"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": EVENT if single else BATCH}
        connection.request("POST", "/v1/events", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def drop(self, port: int) -> None:
        with suppress(OSError):
            self._open.pop(port).close()
