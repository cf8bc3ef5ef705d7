"""Whether an answer is one that the description of the API names, in a shape that it describes."""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from starlette.testclient import TestClient


def check(client: TestClient, answer: Any) -> None:
    """Every status must be named, every JSON body must have its shape."""
    description = _description(client)
    operation = _operation(description, answer.request.method, answer.request.url.path)
    told = operation["responses"].get(str(answer.status_code))
    assert told, f"{answer.request.method} {answer.request.url.path} answers {answer.status_code} unannounced"
    for kind, content in told.get("content", {}).items():
        assert answer.headers["content-type"].startswith(kind)
        schema = {**content["schema"], "components": description["components"]}
        Draft202012Validator(schema).validate(answer.json())


def _operation(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    for template, operations in description["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path) and (
            found := operations.get(method.lower())
        ):
            operation: dict[str, Any] = found
            return operation
    raise AssertionError(f"{method} {path} is not described")


@cache
def _description(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found
