"""Calls to Elasticsearch: which are tried again, what a failure means, and what came of each item of a bulk request.

Nothing that the server says about a document goes into an error or a log: it quotes what the document holds.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar, cast

import msgspec
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from projections.search.elastic.shape import Source
from projections.search.port import SearchAway, SearchIndexMissing

PAUSES: Final = (0.1, 0.4, 1.0)
"""Seconds before each further attempt to write."""
READ_PATIENCE: Final = 3.0
WRITE_PATIENCE: Final = 15.0
SHARD_PATIENCE: Final = "5s"
MOST_ITEMS: Final = 1_000
MOST_BYTES: Final = 5_000_000
OVERLOADED: Final = 429
SERVER_FAILED: Final = 500
CONFLICT, NOT_FOUND = 409, 404
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Write:
    """One document in place of what is stored under its id, if that is older. `source` None: what is stored there goes
    for good, if it is not newer.
    """

    id: str
    version: int
    source: Source | None

    def lines(self) -> list[bytes]:
        kind = "external" if self.source is not None else "external_gte"
        action = {"_id": self.id, "version": self.version, "version_type": kind}
        if self.source is None:
            return [msgspec.json.encode({"delete": action})]
        return [msgspec.json.encode({"index": action}), msgspec.json.encode(self.source)]


@dataclass(slots=True)
class Written:
    """Ids of what was not stored: `older` than what is there, or `rejected` for a reason that another attempt would not
    change (the value is its code).
    """

    older: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Gate:
    """Once a server did not answer, one caller at a time may find out whether it does again; all others are told at once
    that it is away. So a server that hangs does not hold every thread.
    """

    away: bool = False
    trying: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises `SearchAway`."""
        alone = self.away
        if alone and not self.trying.acquire(blocking=False):
            raise SearchAway(str(SearchAway.__doc__))
        try:
            yield
            self.away = False
        except SearchAway:
            self.away = True
            raise
        finally:
            if alone:
                self.trying.release()


@dataclass(frozen=True, slots=True)
class Client:
    """One server or cluster, for any number of threads."""

    library: Elasticsearch
    sleep: Callable[[float], None] = time.sleep
    gate: Gate = field(default_factory=Gate)

    def ask(self, call: Callable[[Elasticsearch], _Answer], patience: float = READ_PATIENCE) -> _Answer:
        """The answer to a question, asked once. `patience` in seconds. Raises `SearchAway`, `SearchIndexMissing`."""
        try:
            return call(self.library.options(request_timeout=patience))
        except (ApiError, TransportError) as error:
            _give_up(error)

    def ask_soon(self, call: Callable[[Elasticsearch], _Answer]) -> _Answer:
        """As `ask`, for somebody who waits for it: at once, when others found the server away."""
        with self.gate.passed():
            return self.ask(call)

    def insist(self, call: Callable[[Elasticsearch], _Answer]) -> _Answer:
        """As `ask`, of what changes something: asked again a few times while the server is away or overloaded."""
        for pause in PAUSES:
            try:
                return call(self.library.options(request_timeout=WRITE_PATIENCE))
            except (ApiError, TransportError) as error:
                if not _passes(error):
                    _give_up(error)
            self.sleep(pause)
        return self.ask(call, WRITE_PATIENCE)

    def write(self, alias: str, writes: Sequence[Write]) -> Written:
        """Store all of these. What the server could not take just now is tried again, and nothing else.

        `alias` must be one: an index that is gone is not made anew. Raises `SearchAway`, `SearchIndexMissing`; then
        some may be stored.
        """
        result = Written()
        for portion in _portions(writes):
            self._write(alias, portion, result)
        return result

    def _write(self, alias: str, portion: Sequence[Write], result: Written) -> None:
        left = portion
        for pause in (*PAUSES, None):
            left = self._once(alias, left, result)
            if not left:
                return
            if pause is not None:
                self.sleep(pause)
        raise SearchAway(str(SearchAway.__doc__))

    def _once(self, alias: str, writes: Sequence[Write], result: Written) -> list[Write]:
        """One request; answers what is to be tried again."""
        operations = [line for write in writes for line in write.lines()]
        answer = self.insist(
            lambda library: library.bulk(
                index=alias,
                operations=cast(Any, operations),
                require_alias=True,
                timeout=SHARD_PATIENCE,
                filter_path="items.*.status,items.*.error.type",
            )
        )
        again = []
        for write, item in zip(writes, answer["items"], strict=True):
            (outcome,) = item.values()
            status, code = outcome["status"], outcome.get("error", {}).get("type", "")
            if status == CONFLICT:
                result.older.append(write.id)
            elif status == OVERLOADED or status >= SERVER_FAILED:
                again.append(write)
            elif code == "index_not_found_exception":
                raise SearchIndexMissing(str(SearchIndexMissing.__doc__))
            elif code:
                result.rejected[write.id] = code
        return again


def connected(url: str) -> Client:
    """A client of the server at this URL, which may be away for now."""
    return Client(
        Elasticsearch(
            url, max_retries=0, retry_on_timeout=False, connections_per_node=32, http_compress=False
        )
    )


def _passes(error: ApiError | TransportError) -> bool:
    if isinstance(error, ApiError):
        return error.status_code == OVERLOADED or error.status_code >= SERVER_FAILED
    return True


def _give_up(error: ApiError | TransportError) -> NoReturn:
    if isinstance(error, ApiError) and error.status_code == NOT_FOUND:
        raise SearchIndexMissing(str(SearchIndexMissing.__doc__)) from None
    status = error.status_code if isinstance(error, ApiError) else type(error).__name__
    raise SearchAway(f"{SearchAway.__doc__} ({status})") from None


def _portions(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """At most so many items, and about so many bytes, a request."""
    portion: list[Write] = []
    size = 0
    for write in writes:
        weight = _weight(write)
        if portion and (len(portion) == MOST_ITEMS or size + weight > MOST_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(write)
        size += weight
    if portion:
        yield portion


def _weight(write: Write) -> int:
    """About how many bytes: the body comes again as words."""
    return 1_000 + 2 * len(write.source.get("body", "")) if write.source else 100
