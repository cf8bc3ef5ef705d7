"""Every call by every role: no access token 401, a role that may not 403, the others what the matrix says."""

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from api.app import create_app
from api.openapi import ROLES_KEY
from api.roles import ROLES, Role
from tests.api.desk.matrix import DESK_MATRIX
from tests.api.matrix import MATRIX, Call
from tests.api.memory_system import MemorySystem, bearer


def _made(api: TestClient, call: Call, headers: dict[str, str]) -> int:
    arguments = {**call.arguments, "headers": {**call.arguments.get("headers", {}), **headers}}
    return api.request(call.method, call.url or call.path, **arguments).status_code


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", MATRIX, ids=lambda call: call.name)
def test_a_role_gets_what_the_matrix_says(api: TestClient, call: Call, role: Role) -> None:
    allowed = call.roles is None or role in call.roles
    assert _made(api, call, bearer(role)) == (call.answers if allowed else 403)


@pytest.mark.parametrize("call", MATRIX, ids=lambda call: call.name)
def test_without_an_access_token_only_public_calls_are_answered(api: TestClient, call: Call) -> None:
    assert _made(api, call, {}) == (call.answers if call.roles is None else 401)


def test_every_route_has_its_row_in_the_matrix() -> None:
    app = create_app(MemorySystem())
    routes = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in set(route.methods or ()) - {"HEAD"}
    }
    assert routes == {call.name for call in (*MATRIX, *DESK_MATRIX)}


def test_the_description_names_the_roles_of_the_matrix() -> None:
    paths = create_app(MemorySystem()).openapi()["paths"]
    described = {
        f"{method.upper()} {path}": operation.get(ROLES_KEY)
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    expected = {call.name: list(call.roles) if call.roles else None for call in (*MATRIX, *DESK_MATRIX)}
    assert described == {name: expected[name] for name in described}
