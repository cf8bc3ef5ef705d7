"""What waits for Kafka, as metrics: every `serve` on one database tells the same."""

from collections.abc import Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from api.collecting import FromDatabase


class Spooling(FromDatabase):
    """The spool; nothing where there is no Kafka."""

    def _read(self) -> Sequence[Metric]:
        found = self._system.spooled()
        if found is None:
            return ()
        return (
            GaugeMetricFamily(
                "klantbeeld_spool_records",
                "Events that were accepted and wait for Kafka; not 0 for long: see broker_away in the log",
                value=found.records,
            ),
            GaugeMetricFamily("klantbeeld_spool_bytes", "How large they are, sealed", value=found.bytes),
            GaugeMetricFamily(
                "klantbeeld_spool_oldest_seconds",
                "How long the oldest of them has waited; 0 when there is none",
                value=found.oldest,
            ),
            GaugeMetricFamily(
                "klantbeeld_spool_full",
                "1 when there is no room for more: senders get 503 spool_full until Kafka is back",
                value=int(found.full),
            ),
        )
