"""Reading ahead: while PostgreSQL works on one batch, the next is read, unsealed and decoded in another thread."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from klantbeeld.log.record import Record

Read = Callable[[int, int], Sequence[Record]]
Prepare = Callable[[Sequence[Record]], None]


class Ahead:
    """`read(start, limit)` gives records; `prepare` does what can be done with them before their turn."""

    def __init__(self, read: Read, prepare: Prepare | None) -> None:
        self._read, self._prepare = read, prepare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._next: tuple[int, int, Future[Sequence[Record]]] | None = None

    def take(self, start: int, limit: int) -> Sequence[Record]:
        """The records from `start` on. A full batch means that more wait: the next is begun at once."""
        records = self._begun(start, limit)
        if len(records) == limit:
            self._next = start + limit, limit, self._thread.submit(self._get, start + limit, limit)
        return records

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _begun(self, start: int, limit: int) -> Sequence[Record]:
        begun, self._next = self._next, None
        if begun is not None:
            records = begun[2].result()
            if begun[:2] == (start, limit):
                return records
        return self._read(start, limit)

    def _get(self, start: int, limit: int) -> Sequence[Record]:
        records = self._read(start, limit)
        if self._prepare and records:
            self._prepare(records)
        return records


def batches(read: Read, start: int, end: int, size: Callable[[], int]) -> Iterator[Sequence[Record]]:
    """All records from `start` on, up to `end`, in order; the next batch is read while the caller has the one before."""

    def submitted(start: int) -> Future[Sequence[Record]] | None:
        limit = min(size(), end - start)
        return reader.submit(read, start, limit) if limit > 0 else None

    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        ahead = submitted(start)
        while ahead:
            records = ahead.result()
            if not records:
                return
            ahead = submitted(records[-1].position + 1)
            yield records
