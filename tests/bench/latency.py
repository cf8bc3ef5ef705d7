"""Times of many single requests: their percentiles, and clients that take turns or run side by side."""

import threading
import time
from collections.abc import Callable, Sequence


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the longest, in milliseconds, and how many there were."""
    ordered = sorted(seconds)
    return {
        "p50_ms": milliseconds(ordered[len(ordered) // 2]),
        "p99_ms": milliseconds(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]),
        "max_ms": milliseconds(ordered[-1]),
        "count": len(ordered),
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run each job in a thread of its own; raises what the first to fail raised."""
    failures: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=[job], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
