"""Who is who, by people: join and separate, how we know, what is left to decide, and an agent's doubt."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.access import requires
from api.answers import answer
from api.asking import Cursor, CustomerId, Limit, WaitFor, language_of, wait
from api.judging import judge, pair_of, preview
from api.problems import Problem, problems
from api.refusals import REDIRECTS
from api.schemas.deeds import Recorded
from api.schemas.identity import Conflicts, Identity, Judge, Preview, ReportDoubt
from api.system import Here, System
from api.tokens import Principal
from api.writing import PREFIX_OF_OURS, Deed, IdempotencyKey, new_id, was_recorded, write_once
from klantbeeld.domain.identity import customer_id as customer_of
from klantbeeld.ingest.normalise import normalise
from projections.reading.brief import IDENTITY_REVIEW
from projections.reading.identity_reads import IdentityReads
from projections.reading.review import KINDS, Kind
from projections.reading.supposing import Kind as Word

router = APIRouter(tags=["identity"])

Judging = Annotated[Principal, requires("identity")]
Reader = Annotated[Principal, requires("read_customers", "identity")]
Doubter = Annotated[Principal, requires("report_doubt")]

_CREATED: Final[dict[int | str, dict[str, Any]]] = {
    201: {"headers": {"Location": {"schema": {"type": "string"}}}, "model": Recorded}
}
_JUDGED: Final[dict[int | str, dict[str, Any]]] = {**_CREATED, **problems(404, 409, 422, 503, 504)}


@router.post(
    "/v1/identity/links",
    summary="Say that two identifiers are one person's",
    response_model=Preview,
    response_description="What it would change: only with `preview`",
    responses=_JUDGED,
)
def link(
    principal: Judging,
    system: Here,
    request: Request,
    given: Judge,
    idempotency_key: IdempotencyKey = None,
    wait_for: WaitFor = None,
) -> Response:
    """201, and everything of both customers is one customer's from then on; with `preview` 200, and nothing is recorded.

    An unlink that stands between the two is refused with its `link_id`: link that pair first. Shared and junk identifiers
    join nobody.
    """
    return _judged(principal, system, request, "link", given, idempotency_key, wait_for)


@router.post(
    "/v1/identity/unlinks",
    summary="Say that two identifiers cannot be one person's",
    response_model=Preview,
    response_description="What it would change: only with `preview`",
    responses=_JUDGED,
)
def unlink(
    principal: Judging,
    system: Here,
    request: Request,
    given: Judge,
    idempotency_key: IdempotencyKey = None,
    wait_for: WaitFor = None,
) -> Response:
    """201, and the two are never one customer until a newer link of that pair; with `preview` as for a link."""
    return _judged(principal, system, request, "unlink", given, idempotency_key, wait_for)


@router.post(
    "/v1/identity/withdrawals",
    summary="Take back the newest link or unlink of two identifiers",
    response_model=Preview,
    response_description="What it would change: only with `preview`",
    responses=_JUDGED,
)
def withdraw(
    principal: Judging,
    system: Here,
    request: Request,
    given: Judge,
    idempotency_key: IdempotencyKey = None,
    wait_for: WaitFor = None,
) -> Response:
    """201, and all conclusions are as if it had never been said; what was said before it counts again. With `preview` as
    for a link.
    """
    return _judged(principal, system, request, "withdrawal", given, idempotency_key, wait_for)


@router.get(
    "/v1/identity/conflicts",
    summary="Page through what people have to decide about who is who",
    response_model=Conflicts,
    responses=problems(504),
)
def list_conflicts(
    _: Judging,
    system: Here,
    kind: Annotated[list[Kind] | None, Query(description="Absent: all")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    """Reports of doubt first, then conflicts, each oldest first; then suggestions, best first."""
    wait(system, wait_for)
    return answer(IdentityReads(system.reads).conflicts(_kinds(kind), cursor=cursor, limit=limit))


@router.post(
    "/v1/identity/reports",
    summary="Say that an identifier may be somebody else's",
    status_code=201,
    response_model=Recorded,
    responses={**_CREATED, **problems(404, 409, 422, 503)},
)
def report_doubt(
    principal: Doubter, system: Here, given: ReportDoubt, idempotency_key: IdempotencyKey = None
) -> Response:
    """Opens a follow-up of the kind `identity_review` under the identifier doubted; while it is open the brief warns."""
    id_ = new_id(system, principal, idempotency_key)
    external_id = PREFIX_OF_OURS + id_
    repeated = idempotency_key is not None and was_recorded(system, id_)
    owner, among = _doubted(system, given, repeated=repeated)
    deed = Deed(
        type="follow_up.opened",
        owner=owner,
        among=among,
        at=system.clock(),
        data={
            "follow_up_id": external_id,
            "kind": IDENTITY_REVIEW,
            "text": given.reason,
            "priority": "high",
            "by": principal.id,
        },
    )
    written = write_once(system, principal, deed, id_)
    ours = system.names.entity("follow_up", external_id)
    content = {"id": ours, "event_id": written.event_id, "position": written.position}
    return answer(content, 201, {"Location": f"/v1/follow-ups/{ours}"})


@router.get(
    "/v1/customers/{customer_id}/identity",
    summary="List how we know who a customer is",
    response_model=Identity,
    responses={**REDIRECTS, **problems(404, 409, 504)},
)
def read_identity(
    _: Reader,
    system: Here,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    wait(system, wait_for)
    return answer(IdentityReads(system.reads).links(customer_id, cursor=cursor, limit=limit))


def _judged(
    principal: Principal,
    system: System,
    request: Request,
    word: Word,
    given: Judge,
    key: str | None,
    wait_for: str | None,
) -> Response:
    wait(system, wait_for)
    pair = pair_of(system, given)
    if given.preview:
        return answer(preview(system, principal, word, pair, language_of(request)))
    made = judge(system, principal, word, pair, given, key)
    (first,) = system.reads.keys.find([made.first])
    assert first
    content = {"id": made.link_id, "event_id": made.written.event_id, "position": made.written.position}
    return answer(content, 201, {"Location": f"/v1/customers/{customer_of(first)}/identity"})


def _doubted(
    system: System, given: ReportDoubt, *, repeated: bool
) -> tuple[tuple[str, str], Sequence[tuple[str, str]]]:
    """The identifier that is doubted, which must be one of the customer's, or have been when it was first reported; else
    the one that stands for the customer, and all those that would do as well.
    """
    named = given.identifier
    doubted = (named.type, normalise(named.type, named.value, system.settings.region)) if named else None
    if doubted and repeated:
        return doubted, ()
    who = IdentityReads(system.reads).who(given.customer_id)
    if doubted and doubted not in who.named:
        raise Problem(422, "identifier_of_another")
    return (doubted, ()) if doubted else (who.standing_for, who.named)


def _kinds(asked: Sequence[Kind] | None) -> list[Kind]:
    return [kind for kind in KINDS if not asked or kind in asked]
