"""What the processors have done, as metrics: read from their checkpoints whenever somebody asks.

The balance must always hold: accepted = stored + late duplicates + dead letters + shredded + in flight.
"""

from collections.abc import Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from api.collecting import FromDatabase


class Processing(FromDatabase):
    """Positions, the balance and open dead letters."""

    def _read(self) -> Sequence[Metric]:
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
        for one in self._system.reads.processing():
            place = [one.processor, str(one.partition)]
            positions.add_metric(place, one.position)
            for state, count in one.counts().items():
                records.add_metric([*place, state], count)
        return positions, records
