"""Which role may make which call: written by hand from the contract, so that it judges `api.roles`.

A new route needs a row here, or among those that need a whole system (`tests.api.desk.matrix`); a test says so.
`answers` is what a role that may make the call gets.
"""

from dataclasses import dataclass, field
from typing import Any

from api.roles import ROLES, Role
from tests.api.memory_system import EVENT, event

EVERY: tuple[Role, ...] = ROLES


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. `roles` None: public, no access token needed. `path` is as the route has it, `url` as called."""

    method: str
    path: str
    roles: tuple[Role, ...] | None
    answers: int = 200
    url: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


MATRIX = (
    Call(
        method="POST",
        path="/v1/events",
        roles=("connector", "admin"),
        answers=202,
        arguments={"json": event(), "headers": {"Content-Type": EVENT}},
    ),
    Call(method="GET", path="/v1/schemas", roles=EVERY),
    Call(
        method="GET",
        path="/v1/schemas/{name}/{version}",
        url="/v1/schemas/order.placed/1",
        roles=EVERY,
    ),
    Call(method="POST", path="/v1/session", roles=EVERY),
    Call(method="GET", path="/v1/session", roles=EVERY),
    Call(method="DELETE", path="/v1/session", roles=None, answers=204),
    Call(method="GET", path="/livez", roles=None),
    Call(method="GET", path="/readyz", roles=None),
    Call(method="GET", path="/metrics", roles=None),
    Call(method="GET", path="/openapi.json", roles=None),
    Call(method="GET", path="/docs", roles=None),
    Call(method="GET", path="/", roles=None),
    Call(method="GET", path="/pages/{name}", url="/pages/docs.css", roles=None),
)
