"""The live stream: server-sent events on one connection, resumed by `Last-Event-ID`."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from api.access import requires
from api.asking import Customer
from api.live.hub import Hub
from api.live.news import Interest
from api.live.subscriber import Subscriber
from api.problems import problems
from api.system import Here, System
from api.tokens import Principal

router = APIRouter(tags=["live"])

HEARTBEAT: Final = 15.0
"""Seconds of silence after which something is sent, so that nobody on the way hangs up."""

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@router.get(
    "/v1/live",
    summary="Be told what changes, as it changes",
    response_class=StreamingResponse,
    response_description="Server-sent events: interaction.started, timeline.added, follow_up.changed, "
    "customer.redirected, reset",
    responses={**_STREAM, **problems(404, 503)},
)
async def live(
    principal: Annotated[Principal, requires("live")],
    request: Request,
    system: Here,
    agent: Annotated[str | None, Query(description="`me` or an agent's id")] = None,
    queue: Annotated[list[str] | None, Query(description="Teams or queues")] = None,
    customer_id: Annotated[list[Customer] | None, Query(max_length=50)] = None,
    last_event_id: Annotated[str | None, Header(max_length=1000)] = None,
) -> StreamingResponse:
    """Asks for what any of the parameters names; without any, for everything. Nothing but ids is told: read what they
    name. After `reset` something was missed, so read all of it anew.
    """
    interest = Interest(
        agent=principal.id if agent == "me" else agent,
        places=frozenset(queue or ()),
        customers=frozenset(customer_id or ()),
    )
    subscriber = Subscriber(interest)
    hub: Hub = request.app.state.live
    await to_thread.run_sync(hub.subscribe, subscriber, last_event_id)
    frames = _frames(hub, subscriber, system, principal.expires_at)
    return StreamingResponse(frames, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _frames(hub: Hub, subscriber: Subscriber, system: System, until: datetime) -> AsyncIterator[bytes]:
    """Until the client goes, or its access token ends."""
    try:
        yield b"retry: 2000\n\n"
        while (left := (until - system.clock()).total_seconds()) > 0:
            news = await subscriber.next(min(HEARTBEAT, left))
            yield b"".join(one.frame() for one in news) or _beat(subscriber)
    finally:
        hub.unsubscribe(subscriber)


def _beat(subscriber: Subscriber) -> bytes:
    """A comment, and how far the client has heard: it resumes from there."""
    position = f"id: {subscriber.position}\n" if subscriber.position else ""
    return f": still here\n{position}\n".encode()
