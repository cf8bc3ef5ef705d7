"""What a worker counts of itself, for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

BATCH_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Measures:
    """One worker's counts; `serve` offers them on loopback."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._records = Counter(
            "klantbeeld_worker_records",
            "Records that went through this worker",
            ["processor", "partition"],
            registry=self.registry,
        )
        self._position = Gauge(
            "klantbeeld_worker_position",
            "The next position of a partition, as this worker last committed it",
            ["processor", "partition"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "klantbeeld_worker_batch_seconds",
            "How long a batch took, from its first statement to its commit",
            ["processor"],
            buckets=BATCH_SECONDS,
            registry=self.registry,
        )

        self._locks = Histogram(
            "klantbeeld_worker_lock_seconds",
            "How long the locks of a batch took, waiting for other workers included",
            ["processor"],
            buckets=BATCH_SECONDS,
            registry=self.registry,
        )

    def locks(self, processor: str, seconds: float) -> None:
        self._locks.labels(processor).observe(seconds)

    def records(self, processor: str, partition: int, records: int, position: int) -> None:
        self._records.labels(processor, str(partition)).inc(records)
        self._position.labels(processor, str(partition)).set(position)

    def batch(self, processor: str, seconds: float) -> None:
        self._seconds.labels(processor).observe(seconds)

    def serve(self, host: str, port: int) -> int:
        """Answer `/metrics` in a thread until the process ends; answers the port."""
        server, _ = start_http_server(port, host, self.registry)
        return int(server.server_port)
