"""The description of the API is true: what it names is answered as it says, whatever is sent."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from api.app import create_app
from klantbeeld.domain.events.schema import all_schemas, event_schema
from tests.api.desk.matrix import DESK_MATRIX
from tests.api.memory_system import MemorySystem, bearer

app = create_app(MemorySystem())
described = schemathesis.openapi.from_asgi("/openapi.json", app).exclude(
    path=sorted({call.path for call in DESK_MATRIX})
)
"""Calls that need more than a log in memory are tested on a whole system."""


@described.parametrize()
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered_as_described(case: Any) -> None:
    case.call_and_validate(headers=bearer("admin"))


def test_every_operation_with_an_access_token_describes_its_refusals() -> None:
    silent = [
        f"{method} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") and not {"401", "403"} <= operation["responses"].keys()
    ]
    assert not silent


def test_operations_have_names_of_their_own() -> None:
    names = [
        operation["operationId"]
        for operations in app.openapi()["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "version"), all_schemas())
def test_the_schema_of_an_event_is_a_json_schema(name: str, version: int) -> None:
    Draft202012Validator.check_schema(event_schema(name, version))
