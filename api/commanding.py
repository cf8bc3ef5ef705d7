"""Commands on one entity: decided once, by a claim on the state that the caller saw; answered with the new state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import Response

from api.entity_tags import matches, tagged
from api.problems import Problem
from api.references import identifier_of
from api.system import System
from api.tokens import Principal
from api.writing import Deed, catch_up, seen, write
from klantbeeld.domain.times import to_text
from klantbeeld.log.port import Claim, ClaimLost
from projections.reading.changes import Target
from projections.reading.shapes import Shown

_NEXT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a command does: an event of this type. `at` absent: now, but after all that the caller saw."""

    type: str
    data: Mapping[str, Any]
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command as it came in: who, on what, seen in which state."""

    principal: Principal
    kind: str
    id: str
    if_match: str | None


def carry_out(system: System, order: Order, decide: Callable[[Shown], Act]) -> Response:
    """Decide on the current state, record the event under a claim, answer the new state.

    Problems: 404, 428 without If-Match, 412 when somebody else was first, what `decide` raises, 504 when the event is
    recorded but not visible in time.
    """
    target = system.reads.target(order.kind, order.id)
    if order.if_match is None:
        raise Problem(428, "if_match_required")
    if not matches(order.if_match, target.shown.etag):
        raise _stale(system, order)
    deed = _deed(system, order.principal, target, decide(target.shown))
    claim = Claim(entity=order.id, etag=target.shown.etag, by=order.principal.id)
    try:
        written = write(system, order.principal, deed, claim)
    except ClaimLost as lost:
        raise _stale(system, order, lost) from None
    seen(system, written)
    return tagged({**system.reads.one(order.kind, order.id), "position": written.position})


def _deed(system: System, principal: Principal, target: Target, act: Act) -> Deed:
    shown = target.shown
    return Deed(
        type=act.type,
        owner=identifier_of(system, shown.owner),
        at=act.at or max(system.clock(), target.last_at + _NEXT),
        data={f"{shown.kind}_id": shown.external_id, "by": principal.id, **act.data},
    )


def _stale(system: System, order: Order, lost: ClaimLost | None = None) -> Problem:
    """Who was first, and the tag of the state that is current now."""
    if lost:
        catch_up(system)  # the event of the one who was first is in the log
    found = lost or system.reads.last_change(order.kind, order.id)
    told = {"by": found and found.by, "at": found and to_text(found.at)}
    etag = system.reads.raw(order.kind, order.id).etag
    return Problem(412, "stale", extras={**told, "etag": etag}, headers={"ETag": f'"{etag}"'})
