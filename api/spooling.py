"""What waits for Kafka, as metrics: every `serve` on one database tells the same."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.system import System
from klantbeeld.log.port import LogUnavailable


class Spooling(Collector):
    """The spool; nothing where there is no Kafka, and while the database is away."""

    def __init__(self, system: System) -> None:
        self._system = system

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            found = self._system.spooled()
        except LogUnavailable:
            return
        if found is None:
            return
        yield GaugeMetricFamily(
            "klantbeeld_spool_records",
            "Events that were accepted and wait for Kafka; not 0 for long: see broker_away in the log",
            value=found.records,
        )
        yield GaugeMetricFamily("klantbeeld_spool_bytes", "How large they are, sealed", value=found.bytes)
        yield GaugeMetricFamily(
            "klantbeeld_spool_oldest_seconds",
            "How long the oldest of them has waited; 0 when there is none",
            value=found.oldest,
        )
        yield GaugeMetricFamily(
            "klantbeeld_spool_full",
            "1 when there is no room for more: senders get 503 spool_full until Kafka is back",
            value=int(found.full),
        )
