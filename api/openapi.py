"""The description of the API: what FastAPI works out, put right where our answers differ from its habits."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.access import asked_by
from api.problems import SCHEMA, problems
from api.roles import ROLES, Capability, may

ROLES_KEY: Final = "x-klantbeeld-roles"
_FOREIGN_SCHEMAS: Final = ("HTTPValidationError", "ValidationError")


class Api(FastAPI):
    """The application, with a description that says what it really answers."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = _put_right(super().openapi(), self)
        return self.openapi_schema


def _put_right(description: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for name in _FOREIGN_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = SCHEMA
    asked = _asked(app)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            _complete(operation, asked.get((path, method.upper())))
    return description


def _complete(operation: dict[str, Any], capabilities: tuple[Capability, ...] | None) -> None:
    """Errors that follow from what the operation takes and asks for; FastAPI's own 422 is our 400."""
    answers, added = operation["responses"], set()
    if _is_foreign(answers.get("422", {})):
        del answers["422"]
        added.add(400)
    if "requestBody" in operation:
        added |= {400, 413}
    if capabilities is not None:
        added |= {401, 403}
        operation[ROLES_KEY] = [role for role in ROLES if not capabilities or may(role, *capabilities)]
    for status, answer in problems(*added).items():
        answers.setdefault(str(status), answer)
    operation["responses"] = dict(sorted(answers.items()))


def _is_foreign(answer: dict[str, Any]) -> bool:
    """Whether this is how FastAPI itself refuses what does not fit."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith(_FOREIGN_SCHEMAS[0])


def _asked(app: FastAPI) -> dict[tuple[str, str], tuple[Capability, ...]]:
    """What each (path, method) asks of its caller; public ones are left out."""
    found = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        for capabilities in _asked_in(dependant) if dependant else ():
            found.update({(str(route.path_format), method): capabilities for method in route.methods or ()})
    return found


def _asked_in(dependant: Dependant) -> Iterator[tuple[Capability, ...]]:
    capabilities = asked_by(dependant.call)
    if capabilities is not None:
        yield capabilities
    for inner in dependant.dependencies:
        yield from _asked_in(inner)
