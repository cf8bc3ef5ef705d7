"""What the routes need of the system behind them. Whoever adds a route that needs more adds it here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from klantbeeld.ingest.accept import Ingest
from klantbeeld.log.kafka.spool import Waiting
from klantbeeld.log.port import EventLog
from klantbeeld.log.sealing import Names
from klantbeeld.settings import Settings
from klantbeeld.signal import Signal
from projections.reading.reads import Reads


class System(Protocol):
    """The wired system. Every part is safe for threads."""

    @property
    def settings(self) -> Settings: ...

    @property
    def ingest(self) -> Ingest: ...

    @property
    def log(self) -> EventLog: ...

    @property
    def names(self) -> Names: ...

    @property
    def reads(self) -> Reads: ...

    @property
    def moved(self) -> Signal:
        """Given whenever a processor of this process has moved on."""

    @property
    def token_key(self) -> bytes:
        """Signs access tokens."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Gives now, aware, in UTC."""

    def ready(self) -> Sequence[str]:
        """Names of the parts that cannot serve now; empty when all can. Quick: asked every few seconds."""

    def spooled(self) -> Waiting | None:
        """What was accepted and waits for Kafka; None where there is no Kafka. Raises `LogUnavailable`."""


async def _system(request: Request) -> System:
    # Async only because it does no work: FastAPI would give a sync dependency a thread of its own.
    return system_of(request)


def system_of(request: Request) -> System:
    return cast(System, request.app.state.system)


Here = Annotated[System, Depends(_system)]
"""The system, as a parameter of a route: `def orders(system: Here) -> …`."""
