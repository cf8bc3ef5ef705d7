"""A person's word on two identifiers: looked at first, refused where it would change nothing, recorded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.messages import MESSAGES
from api.problems import Problem
from api.schemas.identity import Judge
from api.system import System
from api.tokens import Principal
from api.withheld import may_read_words, without_words
from api.writing import Deed, Written, catch_up, new_id, recorded_event, was_recorded, write_once
from klantbeeld.domain.identity.evidence import EventName
from klantbeeld.domain.testimony import WITHDRAWN
from klantbeeld.ingest.normalise import normalise
from projections.reading.identity_reads import IdentityReads, Pair
from projections.reading.supposing import Kind, Obstacle

STATUS: Final[Mapping[str, int]] = {
    "unknown_identifier": 404,
    "junk_identifier": 422,
    "shared_identifier": 409,
    "cannot_link": 409,
    "already_linked": 409,
    "already_unlinked": 409,
    "already_one_customer": 409,
    "nothing_to_withdraw": 409,
}
TYPES: Final[Mapping[Kind, str]] = {
    "link": "identity.linked",
    "unlink": "identity.unlinked",
    "withdrawal": WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """`link_id` names the pair; `first` is the first identifier of it, as it was given."""

    link_id: str
    first: tuple[str, str]
    written: Written


def pair_of(system: System, given: Judge) -> Pair:
    """The two identifiers, normalised. Raises `BadIdentifier`, `UnknownLink`, and 422 when they are the same."""
    if given.link_id is not None:
        return IdentityReads(system.reads).pair_of(given.link_id)
    assert given.identifiers
    region = system.settings.region
    one, other = ((each.type, normalise(each.type, each.value, region)) for each in given.identifiers)
    if one == other:
        raise Problem(422, "same_identifier")
    return one, other


def preview(system: System, principal: Principal, kind: Kind, pair: Pair, language: str) -> dict[str, Any]:
    """What the word would bring about, after all that is in the log by now; nothing is recorded. What was agreed is told
    in words to who may read customers.
    """
    catch_up(system)
    reads = IdentityReads(system.reads)
    found, told = reads.preview(kind, pair, language)
    if not may_read_words(principal):
        told = {**told, "moves": [_without_words(move) for move in told["moves"]]}
    return {"link_id": reads.link_id(pair), "obstacle": _shown(found.obstacle, language), **told}


def judge(
    system: System, principal: Principal, kind: Kind, pair: Pair, given: Judge, key: str | None
) -> Judged:
    """Record the word. Raises a problem, and records nothing, where it would be refused or change nothing."""
    id_ = new_id(system, principal, key)
    at = system.clock()
    if key and was_recorded(system, id_):
        takes_back = _taken_back(system, id_) if kind == "withdrawal" else []
    else:
        catch_up(system)
        found = IdentityReads(system.reads).suppose(kind, pair)
        if found.obstacle:
            raise _problem(found.obstacle)
        at, takes_back = max(at, found.at), found.takes_back
    said = [{"type": type_, "value": value} for type_, value in pair]
    named = [{"source": source, "id": each} for source, each in takes_back]
    deed = Deed(
        type=TYPES[kind],
        owner=None,
        at=at,
        data={"pair": said, "withdraws": named or None, "reason": given.reason, "by": principal.id},
    )
    written = write_once(system, principal, deed, id_)
    link_id = IdentityReads(system.reads).link_id(pair)
    assert link_id
    return Judged(link_id, pair[0], written)


def _taken_back(system: System, id: str) -> Sequence[EventName]:
    """What a withdrawal that was recorded before took back."""
    event = recorded_event(system, id)
    if event is None or event.type != WITHDRAWN:
        raise Problem(422, "idempotency_key_reused")
    return [(one.source, one.id) for one in event.data.withdraws]


def _without_words(move: dict[str, Any]) -> dict[str, Any]:
    return {
        **move,
        **{kind: [without_words(one) for one in move[kind]] for kind in ("agreements", "follow_ups")},
    }


def _problem(obstacle: Obstacle) -> Problem:
    code = obstacle.code
    extras: dict[str, Any] = {"link_ids": list(obstacle.link_ids)} if obstacle.link_ids else {}
    if obstacle.places:
        names = [f"identifiers.{place}" for place in obstacle.places]
        extras["places"] = [{"in": "body", "name": name, "code": code} for name in names]
    return Problem(STATUS[code], code, message=_message(code), extras=extras)


def _shown(obstacle: Obstacle | None, language: str) -> dict[str, Any] | None:
    if obstacle is None:
        return None
    detail = getattr(MESSAGES[_message(obstacle.code)], language)
    return {"code": obstacle.code, "detail": detail, "link_ids": list(obstacle.link_ids)}


def _message(code: str) -> str:
    """The code has other words where a look-up finds a shared identifier."""
    return "shared_never_joins" if code == "shared_identifier" else code
