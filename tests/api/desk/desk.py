"""A desk: the API of a running system as agents, connectors and others see it. Every test has people of its own."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from api.roles import Role
from api.tokens import issue
from klantbeeld.bootstrap import System
from klantbeeld.domain.times import to_text
from klantbeeld.log.positions import from_text
from klantbeeld.log.positions import to_text as position_text
from tests.api.desk import conforming

BATCH = "application/cloudevents-batch+json"
_numbers = itertools.count(1)


def unique(what: str = "x") -> str:
    """A name that no other test uses."""
    return f"{what}-{next(_numbers)}"


def ago(**span: float) -> str:
    return to_text(datetime.now(UTC) - timedelta(**span))


def ahead(**span: float) -> str:
    return to_text((datetime.now(UTC) + timedelta(**span)).replace(microsecond=0))


def email(name: str | None = None, strength: str = "asserted") -> dict[str, str]:
    return {"type": "email", "value": f"{name or unique('klant')}@example.nl", "strength": strength}


def number(strength: str = "verified") -> dict[str, str]:
    return {"type": "customer_number", "value": unique("K"), "strength": strength}


def phone(strength: str = "asserted") -> dict[str, str]:
    """An extension of one invented number."""
    return {"type": "phone", "value": f"+31612345690;ext={next(_numbers)}", "strength": strength}


def event(
    type_: str, identifiers: Iterable[dict[str, str]], time: str | None = None, **data: Any
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": unique("e"),
        "source": "/tests",
        "type": f"klantbeeld.{type_}",
        "time": time or ago(hours=1),
        "data": {"identifiers": list(identifiers), **data},
    }


def talk(identifiers: Iterable[dict[str, str]], time: str | None = None, **data: Any) -> dict[str, Any]:
    """One inbound message."""
    given = {"channel": "chat", "direction": "inbound", "text": "Waar blijft mijn pakket?", **data}
    return event("interaction.recorded", identifiers, time, **given)


@dataclass
class Desk:
    """`position` is the furthest of what was sent or commanded: reads wait for it."""

    api: TestClient
    system: System
    position: str | None = None

    def token(self, role: Role, id: str = "a-1", **claims: Any) -> dict[str, str]:
        key = self.system.token_key
        made = issue(key, role=role, name="Noor", id=id, now=datetime.now(UTC), **{"days": 1, **claims})
        return {"Authorization": f"Bearer {made}"}

    def send(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Every event must be taken."""
        receipt = self.post_events(events)
        refused = [one for one in receipt["results"] if one["status"] == "rejected"]
        assert not refused, refused
        return receipt

    def post_events(self, events: Iterable[dict[str, Any]]) -> dict[str, Any]:
        headers = {**self.token("connector", "tests", attests=True), "Content-Type": BATCH}
        answer = self.api.post("/v1/events", content=json.dumps(list(events)), headers=headers)
        assert answer.status_code == 202
        self._heard(answer.json()["position"])
        found: dict[str, Any] = answer.json()
        return found

    def settled(self) -> None:
        """All that was sent is processed, also by search."""
        for processor in ("timeline", "search"):
            self.system.reads.wait_for(from_text(self.position or ""), processor)

    def _heard(self, position: str | None) -> None:
        """A repeated event has the position of the first; wait for the furthest, of each partition."""
        known = [from_text(one) for one in (self.position, position) if one]
        self.position = position_text(place for one in known for place in one.items())

    def get(self, path: str, role: Role = "agent", id: str = "a-1", **query: Any) -> Any:
        """A read that waits for what this desk did before."""
        params = {name.rstrip("_"): value for name, value in query.items()}
        if self.position:
            params.setdefault("wait_for", self.position)
        answer = self.api.get(path, params=params, headers=self.token(role, id), follow_redirects=False)
        conforming.check(self.api, answer)
        return answer

    def post(
        self,
        path: str,
        body: Any = None,
        role: Role = "agent",
        id: str = "a-1",
        etag: str | None = None,
        key: str | None = None,
    ) -> Any:
        """A command or a new entry, once what this desk did before is visible; reads wait for it from then on."""
        if self.position:
            self.system.reads.wait_for(from_text(self.position))
        headers = self.token(role, id)
        headers |= {"If-Match": f'"{etag}"'} if etag else {}
        headers |= {"Idempotency-Key": key} if key else {}
        sent = {} if body is None else {"json": body}
        answer = self.api.post(path, **sent, headers=headers, follow_redirects=False)
        conforming.check(self.api, answer)
        if answer.status_code in (200, 201):
            self._heard(answer.json().get("position"))
        return answer

    def lookup(self, *identifiers: dict[str, str], role: Role = "agent", **body: Any) -> Any:
        path = "/v1/customers/lookup" + (f"?wait_for={self.position}" if self.position else "")
        return self.post(path, {"identifiers": list(identifiers), **body}, role)

    def customer(self, *identifiers: dict[str, str]) -> str:
        """The id of the one customer whom these identifiers belong to."""
        found: str = self.lookup(*identifiers).json()["customer_id"]
        assert found
        return found

    def brief(self, *identifiers: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self.lookup(*identifiers, include=["brief"]).json()["brief"]
        return found
