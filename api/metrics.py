"""What is counted and timed. Labels are routes, codes and states, never anything that somebody sent."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from klantbeeld.ingest.accept import Receipt

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The API's own metrics, in a registry that others may add theirs to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._events = Counter(
            "klantbeeld_events",
            "Events that came in over HTTP, by what became of them; many rejected: look at the code",
            ["status", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "klantbeeld_http_request_seconds",
            "Time until the last byte of an answer; slow or many 5xx: see the log for request_failed",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )

    def took_in(self, receipt: Receipt) -> None:
        for result in receipt.results:
            self._events.labels(result.status, result.code or "").inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in METHODS else "other"
        self._seconds.labels(known, route, str(status)).observe(seconds)
