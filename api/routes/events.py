"""Events come in: one, or a batch. What they must hold is decided in `klantbeeld.ingest`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from api.access import requires
from api.answers import answer
from api.limits import EVENTS_A_BATCH
from api.problems import Problem, problems
from api.roles import may
from api.schemas.events import EventsReceipt
from api.system import Here
from api.tokens import Principal
from klantbeeld.domain.ruling import CHANGED
from klantbeeld.ingest.accept import Receipt, Result
from klantbeeld.ingest.batches import Unreadable, cut
from klantbeeld.ingest.sender import Sender

router = APIRouter(tags=["events"])

EVENT: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"

_EVENT_NOTE: Final = (
    "A CloudEvents 1.0 event in structured JSON; its schema is at /v1/schemas. An event that is not right is "
    "rejected in the results, not as a whole."
)
_BATCH_NOTE: Final = f"A list of at most {EVENTS_A_BATCH} such events."
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            EVENT: {"schema": {"type": "object", "description": _EVENT_NOTE}},
            BATCH: {"schema": {"type": "array", "description": _BATCH_NOTE}},
        },
    }
}


async def _read(request: Request) -> tuple[str, bytes]:
    """The kind of content and the body. Async because a body arrives over time; the rest has a thread."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind not in (EVENT, BATCH):
        raise Problem(415, "unsupported_media_type", expected=f"{EVENT}, {BATCH}")
    if _charset(parameters) not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported_encoding")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "unsupported_encoding")
    return kind, await request.body()


@router.post(
    "/v1/events",
    status_code=202,
    summary="Send events",
    response_model=EventsReceipt,
    response_description="What became of each event; durable",
    responses=problems(413, 415, 503),
    openapi_extra=_BODY,
)
def send_events(
    principal: Annotated[Principal, requires("events")],
    given: Annotated[tuple[str, bytes], Depends(_read)],
    system: Here,
    request: Request,
) -> Response:
    raws = _events(*given)
    receipt = system.ingest.accept(raws, _sender(principal))
    request.app.state.metrics.took_in(receipt)
    return answer(_told(receipt), status=202)


def _events(kind: str, body: bytes) -> list[bytes]:
    try:
        raws = cut(body) if kind == BATCH else [_single(body)]
    except Unreadable as error:
        raise Problem(400, error.code) from None
    if len(raws) > EVENTS_A_BATCH:
        raise Problem(413, "too_many_events", limit=EVENTS_A_BATCH)
    return raws


def _single(body: bytes) -> bytes:
    """Read as a batch of one, so that both are judged by the same rules. Raises `Unreadable`."""
    bare = body.strip(b" \t\r\n")
    if cut(b"[" + bare + b"]") != [bare]:
        raise Unreadable("bad_json")
    if not bare.startswith(b"{"):
        raise Unreadable("not_an_event")
    return bare


def _sender(principal: Principal) -> Sender:
    return Sender(
        name=principal.id,
        sources=principal.sources,
        types=principal.types,
        attests=principal.attests,
        opens=(CHANGED,) if may(principal.role, "rules") else (),
    )


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return "utf-8"


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "accepted": receipt.count("accepted"),
        "duplicates": receipt.count("duplicate"),
        "rejected": receipt.count("rejected"),
        "position": receipt.position,
        "results": [_told_one(result) for result in receipt.results],
    }


def _told_one(result: Result) -> dict[str, Any]:
    told = {"source": result.source, "id": result.id, "status": result.status}
    if result.code:
        told["code"] = result.code
    if result.detail:
        told["detail"] = result.detail
    return told
