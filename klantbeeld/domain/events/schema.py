"""JSON Schema (2020-12) of every event type and version, made from the data classes and their markers."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from klantbeeld.domain.events.catalogue import CATALOGUE, PREFIX, SCHEMA_PREFIX, EventType
from klantbeeld.domain.problems import Invalid

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SIMPLE: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Any: {},
}


def data_schema(cls: type) -> dict[str, Any]:
    """The schema of one data class; fields unknown to it are allowed and kept."""
    hints = get_type_hints(cls, include_extras=True)
    renamed: Mapping[str, str] = getattr(cls, "RENAMED", {})
    properties, required = {}, []
    for field in fields(cls):
        name = renamed.get(field.name, field.name)
        properties[name] = hint_schema(hints[field.name])
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(name)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if cls.__doc__ and not cls.__doc__.startswith(cls.__name__ + "("):
        schema["description"] = " ".join(cls.__doc__.split())
    return schema


def hint_schema(hint: Any) -> dict[str, Any]:
    """The schema of one annotation."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *markers = get_args(hint)
        schema = hint_schema(inner)
        for marker in markers:
            schema.update(marker.schema())
        return schema
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in (Union, UnionType):
        return {"anyOf": [hint_schema(part) for part in get_args(hint)]}
    if origin is tuple:
        return {"type": "array", "items": hint_schema(get_args(hint)[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": hint_schema(get_args(hint)[1])}
    if isinstance(hint, type) and is_dataclass(hint):
        return data_schema(hint)
    return dict(_SIMPLE[hint])


def _first_feedback() -> dict[str, Any]:
    schema = data_schema(CATALOGUE["feedback.given"].data)
    schema["required"] = [name for name in schema["required"] if name not in ("scale_min", "scale_max")]
    del schema["properties"]["scale_min"]
    schema["description"] = "Version 1: the scale begins at 0 for NPS and at 1 for CSAT and CES."
    return schema


_OLDER = {("feedback.given", 1): _first_feedback}


def event_schema(name: str, version: int) -> dict[str, Any]:
    """The schema of the whole event. Raises `Invalid` when there is no such type or version."""
    event_type = CATALOGUE.get(name)
    if event_type is None or not 1 <= version <= event_type.version:
        raise Invalid("unknown_schema", "name")
    older = _OLDER.get((name, version))
    data = older() if older else data_schema(event_type.data)
    return {
        "$schema": DIALECT,
        "$id": f"{SCHEMA_PREFIX}{name}:{version}",
        "title": name,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"]
        + (["dataschema"] if version > 1 else []),
        "properties": {**_envelope(event_type, version), "data": data},
    }


def _envelope(event_type: EventType, version: int) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\u0000-\\u001f\\u007f]*$"}
    return {
        "specversion": {"const": "1.0"},
        "id": text,
        "source": text,
        "type": {"const": PREFIX + event_type.name},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string"},
        "dataschema": {"const": f"{SCHEMA_PREFIX}{event_type.name}:{version}"},
        "sequence": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        "history": {"type": "boolean"},
        "correlationid": {"type": "string"},
        "causationid": {"type": "string"},
        "traceparent": {"type": "string"},
    }


def all_schemas() -> list[tuple[str, int]]:
    """Every (name, version) there is a schema of, by name."""
    return [
        (t.name, v) for t in sorted(CATALOGUE.values(), key=lambda t: t.name) for v in range(1, t.version + 1)
    ]
