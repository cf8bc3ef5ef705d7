"""The application: routes, access and errors put together around a system that is wired elsewhere."""

from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry

from api.edge import Edge
from api.handlers import handlers
from api.live.hub import Hub
from api.metrics import Metrics
from api.openapi import Api
from api.processing import Processing
from api.routes import (
    agreement_commands,
    conversation_commands,
    customers,
    entities,
    events,
    follow_up_commands,
    follow_up_queue,
    identity,
    interactions,
    lists,
    live,
    operations,
    own_entries,
    pages,
    schemas,
    search,
    session,
)
from api.spooling import Spooling
from api.system import System

CONTRACT: Final = "1"
"""The version of the public contract."""

ROUTERS: Final = (
    events.router,
    customers.router,
    lists.router,
    follow_up_queue.router,
    entities.router,
    own_entries.router,
    interactions.router,
    agreement_commands.router,
    follow_up_commands.router,
    conversation_commands.router,
    identity.router,
    search.router,
    live.router,
    schemas.router,
    session.router,
    operations.router,
    pages.router,
)
"""A new subject: a module in `api.routes` with a `router`, and its name here."""

_QUIET: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""The framework's telemetry stays off: it would carry addresses and parameters elsewhere."""


def _operation(route: APIRoute) -> str:
    """The name of an operation for generated clients: its function's, so that must be unique."""
    return route.name


def create_app(
    system: System, routers: Iterable[APIRouter] = (), registry: CollectorRegistry | None = None
) -> Api:
    """The API of a system. `routers` come from outside the package; `registry` holds other parts' metrics."""
    app = Api(
        title="Klantbeeld",
        version=CONTRACT,
        summary="One timeline for each customer",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_QUIET,
        generate_unique_id_function=_operation,
    )
    app.state.system = system
    app.state.live = Hub(system)
    app.state.metrics = Metrics(registry or CollectorRegistry())
    for collector in (Processing(system), Spooling(system)):
        app.state.metrics.registry.register(collector)
    app.add_middleware(Edge, metrics=app.state.metrics)
    for error, handler in handlers().items():
        app.add_exception_handler(error, handler)
    for router in (*ROUTERS, *routers):
        app.include_router(router)
    return app
