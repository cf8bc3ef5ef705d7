"""The JSON Schemas of events, for whoever may send or read them: any access token."""

from functools import cache
from typing import Annotated

import msgspec
from fastapi import APIRouter, Response

from api.access import requires
from api.answers import answer
from api.problems import Problem, problems
from api.schemas.operations import SchemaList
from api.tokens import Principal
from klantbeeld.domain.events.catalogue import SCHEMA_PREFIX
from klantbeeld.domain.events.schema import all_schemas, event_schema
from klantbeeld.domain.problems import Invalid

router = APIRouter(tags=["schemas"])

MEDIA_TYPE = "application/schema+json"


@router.get("/v1/schemas", summary="List the schemas of events", response_model=SchemaList)
def list_schemas(_: Annotated[Principal, requires("schemas")]) -> Response:
    return answer({"items": _items(), "next_cursor": None})


@router.get(
    "/v1/schemas/{name}/{version}",
    summary="Read the schema of an event",
    response_class=Response,
    response_description="A JSON Schema, 2020-12",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}, **problems(404)},
)
def read_schema(_: Annotated[Principal, requires("schemas")], name: str, version: int) -> Response:
    try:
        return Response(_written(name, version), media_type=MEDIA_TYPE)
    except Invalid:
        raise Problem(404, "unknown_schema") from None


@cache
def _items() -> list[dict[str, str | int]]:
    return [
        {
            "name": name,
            "version": version,
            "dataschema": f"{SCHEMA_PREFIX}{name}:{version}",
            "href": f"/v1/schemas/{name}/{version}",
        }
        for name, version in all_schemas()
    ]


@cache
def _written(name: str, version: int) -> bytes:
    return msgspec.json.encode(event_schema(name, version))
