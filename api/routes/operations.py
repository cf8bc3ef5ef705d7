"""For those who keep it running: alive, ready, metrics. Public, and without anybody's data."""

from fastapi import APIRouter, Request, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.answers import answer
from api.problems import Problem, problems
from api.schemas.operations import Alive
from api.system import Here

router = APIRouter(tags=["operations"])


@router.get("/livez", summary="Whether the process answers", response_model=Alive)
def alive() -> Response:
    return answer({"status": "alive"})


@router.get(
    "/readyz", summary="Whether all it needs can be reached", response_model=Alive, responses=problems(503)
)
def ready(system: Here) -> Response:
    missing = system.ready()
    if missing:
        raise Problem(503, "not_ready", extras={"missing": list(missing)}, headers={"Retry-After": "1"})
    return answer({"status": "ready"})


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    response_description="Prometheus text format",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    written = generate_latest(request.app.state.metrics.registry)
    return Response(written, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
