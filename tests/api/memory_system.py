"""A whole system in memory for tests of the API, at a fixed moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.openapi import Api
from api.roles import Role
from api.tokens import issue
from klantbeeld.ingest.accept import Ingest
from klantbeeld.log.kafka.spool import Waiting
from klantbeeld.log.memory import MemoryKeyStore, MemoryLog
from klantbeeld.log.port import Claim, EventLog, LogUnavailable, Outcome
from klantbeeld.log.record import Draft
from klantbeeld.log.sealing import Names
from klantbeeld.settings import Settings, load

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOKEN_KEY = b"a signing key for tests, 32 bytes"

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def at_now() -> datetime:
    return NOW


class AwayLog(MemoryLog):
    """A log that takes nothing, for this reason."""

    def __init__(self, why: LogUnavailable) -> None:
        super().__init__()
        self._why = why

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        raise self._why


class NothingProcessed:
    """Stands for the read models of a system without a database."""

    def processing(self) -> Sequence[Any]:
        return []


@dataclass
class MemorySystem:
    """Satisfies `api.system.System`. `missing` is what `ready` tells."""

    log: EventLog = field(default_factory=lambda: MemoryLog(at_now))
    settings: Settings = field(default_factory=lambda: load({}, Path("/nonexistent")))
    token_key: bytes = TOKEN_KEY
    clock: Callable[[], datetime] = at_now
    missing: list[str] = field(default_factory=list)
    waiting: Waiting | None = None
    reads: "NothingProcessed" = field(default_factory=lambda: NothingProcessed())
    ingest: Ingest = field(init=False)

    def __post_init__(self) -> None:
        names = Names(b"an index key for tests, 32 bytes")
        self.ingest = Ingest(self.log, MemoryKeyStore(), names, self.clock, "NL", "Europe/Amsterdam")

    def ready(self) -> Sequence[str]:
        return self.missing

    def spooled(self) -> Waiting | None:
        return self.waiting

    def with_settings(self, **values: Any) -> "MemorySystem":
        return MemorySystem(log=self.log, settings=replace(self.settings, **values))


def client(system: MemorySystem) -> TestClient:
    """Without an access token; an unexpected error shows as 500, as it would to a caller."""
    return TestClient(_Served(system), raise_server_exceptions=False)


class _Served:
    """The one application of all tests, with this system behind it: making one anew takes a while.

    A test that counts makes its own, since metrics belong to an application.
    """

    def __init__(self, system: MemorySystem) -> None:
        self._system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = _application()
        app.state.system = self._system
        await app(scope, receive, send)


@cache
def _application() -> Api:
    return create_app(MemorySystem())


def bearer(role: Role, **claims: Any) -> dict[str, str]:
    """The header with an access token of this role."""
    given = {"name": f"{role} of tests", "days": 1, "now": NOW, **claims}
    return {"Authorization": f"Bearer {issue(TOKEN_KEY, role=role, **given)}"}


def event(id: str = "e-1", **changes: Any) -> dict[str, Any]:
    """One good event; a change of None takes an attribute away."""
    whole: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": "shop/chat",
        "type": "klantbeeld.interaction.recorded",
        "time": "2026-03-01T10:00:00Z",
        "data": data(),
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def data(**changes: Any) -> Mapping[str, Any]:
    """The data of one good interaction."""
    return {
        "identifiers": [{"type": "email", "value": "anna@example.nl"}],
        "channel": "chat",
        "direction": "inbound",
        "text": "Waar blijft mijn pakket?",
        **changes,
    }
