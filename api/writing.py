"""From what somebody at a desk does to one event: made, recorded through ingest, recognised when it comes again."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import Header

from api.problems import Problem
from api.system import System
from api.tokens import Principal
from klantbeeld.domain.events.catalogue import PREFIX
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.times import to_text
from klantbeeld.ingest.accept import Receipt, Result
from klantbeeld.ingest.sender import Sender
from klantbeeld.log import positions
from klantbeeld.log.port import Claim, LogUnavailable
from klantbeeld.log.record import Record
from projections.opening import open_records
from projections.reading.problems import NotYetVisible

SOURCE: Final = "/api"
"""The source of every event that comes of a call to the API."""

PREFIX_OF_OURS: Final = "klantbeeld:"
"""Begins the external id of what was made here."""

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="The same key with the same body records nothing twice"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What becomes an event. `owner` is type and value of the identifier it is kept under; None where the data names
    identifiers by itself, as only the system may. Empty data is left out.

    `among`: identifiers that would do as well. Recorded under one of them before, it is the same deed: the customer has
    another identifier to stand for them now.
    """

    type: str
    owner: tuple[str, str] | None
    at: datetime
    data: Mapping[str, Any]
    among: Collection[tuple[str, str]] = ()

    def event(self, id: str) -> bytes:
        about = [{"type": self.owner[0], "value": self.owner[1]}] if self.owner else None
        filled = {name: part for name, part in self.data.items() if part is not None}
        event = {
            "specversion": "1.0",
            "id": id,
            "source": SOURCE,
            "type": PREFIX + self.type,
            "time": to_text(self.at),
            "data": {"identifiers": about, **filled} if about else filled,
        }
        try:
            return json.dumps(event, ensure_ascii=False).encode()
        except RecursionError:
            raise Problem(400, "too_deep") from None


@dataclass(frozen=True, slots=True)
class Written:
    event_id: str
    position: str


def write(system: System, principal: Principal, deed: Deed, claim: Claim | None = None) -> Written:
    """Record the deed, durably. Raises `ClaimLost`, and 400 for what no event may hold."""
    return _told(_sent(system, principal, deed, str(uuid4()), claim))


def new_id(system: System, principal: Principal, key: str | None) -> str:
    """A random id; with an idempotency key always the same for this caller."""
    return system.names.entity("idempotency", f"{principal.id}\0{key}") if key else str(uuid4())


def write_once(system: System, principal: Principal, deed: Deed, id: str, *, dated: bool = False) -> Written:
    """Record the deed as the event with this id. The same deed again changes nothing and answers the same; another one
    is 422. `dated`: its time was given, so it belongs to what is compared.
    """
    receipt = _sent(system, principal, _as_recorded(system, deed, id, dated), id)
    if receipt.results[0].code == "differs":
        receipt = _sent(system, principal, _as_recorded(system, deed, id, dated), id)
    if receipt.results[0].code == "differs":
        raise Problem(422, "idempotency_key_reused")
    return _told(receipt)


def seen(system: System, written: Written) -> None:
    """Wait until what was written is visible, else 504 that says it is recorded."""
    try:
        system.reads.wait_for(positions.from_text(written.position))
    except NotYetVisible:
        raise Problem(
            504,
            "not_yet_visible",
            message="recorded_not_visible",
            extras={"recorded": True, "position": written.position},
        ) from None


def was_recorded(system: System, id: str) -> bool:
    """Whether the event with this id was recorded before, whatever it says."""
    return _recorded(system, id) is not None


def recorded_event(system: System, id: str) -> Event | None:
    """The event with this id as it was recorded; None where there is none, or nobody can read it any more."""
    record = _recorded(system, id)
    found = open_records([record], system.reads.keys)[0] if record else None
    return found if isinstance(found, Event) else None


def catch_up(system: System) -> None:
    """Try to see everything that is in the log by now."""
    with suppress(NotYetVisible, LogUnavailable):
        system.reads.wait_for({partition: end - 1 for partition, end in system.log.ends().items()})


def _as_recorded(system: System, deed: Deed, id: str, dated: bool) -> Deed:
    """The deed as it was recorded before, if it was: at that time, and under that identifier if that would do."""
    record = _recorded(system, id)
    if record is None:
        return deed
    owner = system.reads.identifier(record.owner) if deed.among else None
    return replace(
        deed,
        at=deed.at if dated else record.occurred_at,
        owner=owner if owner in deed.among else deed.owner,
    )


def _recorded(system: System, id: str) -> Record | None:
    key = system.names.event(SOURCE, id)
    return system.log.find([key]).get(key)


def _sent(system: System, principal: Principal, deed: Deed, id: str, claim: Claim | None = None) -> Receipt:
    sender = Sender(name=principal.id, system=deed.owner is None)
    receipt = system.ingest.accept([deed.event(id)], sender, claim)
    if receipt.results[0].status == "rejected":
        raise _refusal(receipt.results[0])
    return receipt


def _refusal(result: Result) -> Problem:
    """What ingest would not take, at its place in the body."""
    place = (result.detail or "").partition(":")[0].removeprefix("data.")
    found = {"in": "body", "name": place, "code": result.code or ""}
    return Problem(400, "bad_request", extras={"places": [found]})


def _told(receipt: Receipt) -> Written:
    (key,) = receipt.keys
    assert key
    assert receipt.position
    return Written(key, receipt.position)


def texts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Instants as events have them."""
    return {name: to_text(part) if isinstance(part, datetime) else part for name, part in data.items()}
