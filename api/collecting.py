"""Metrics that are read from the database whenever somebody asks."""

import logging
from abc import abstractmethod
from collections.abc import Iterable

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.system import System
from klantbeeld.log.port import LogUnavailable

log = logging.getLogger(__name__)


class FromDatabase(Collector):
    """Tells nothing while the database is away."""

    def __init__(self, system: System) -> None:
        self._system = system

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry need not ask the database what there is."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            return self._read()
        except LogUnavailable:
            log.warning("metrics_without_database", extra={"about": type(self).__name__.lower()})
            return ()

    @abstractmethod
    def _read(self) -> Iterable[Metric]:
        """What the database says now. Raises `LogUnavailable`."""
