"""What the processors have done, as metrics: read from their checkpoints whenever somebody asks.

The balance must always hold: accepted = stored + late duplicates + dead letters + shredded + in flight.
"""

import logging
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.system import System
from klantbeeld.log.port import LogUnavailable

log = logging.getLogger(__name__)


class Processing(Collector):
    """Positions, the balance and open dead letters; nothing while the database is away."""

    def __init__(self, system: System) -> None:
        self._system = system

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            found = self._system.reads.processing()
        except LogUnavailable:
            log.warning("metrics_without_database")
            return
        positions = GaugeMetricFamily(
            "klantbeeld_processor_position",
            "Where a processor stands; not moving while records are in flight: see readyz and the log",
            labels=["processor", "partition"],
        )
        records = GaugeMetricFamily(
            "klantbeeld_records",
            "Accepted records by what became of them in a processor; dead: see klantbeeld dead-letters list",
            labels=["processor", "partition", "state"],
        )
        for one in found:
            place = [one.processor, str(one.partition)]
            positions.add_metric(place, one.position)
            for state, count in one.counts().items():
                records.add_metric([*place, state], count)
        yield positions
        yield records
