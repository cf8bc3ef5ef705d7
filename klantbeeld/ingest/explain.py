"""Why an event was refused: a stable code and a place in the event, never a value out of it.

The fast path only knows that something is wrong; here the JSON Schema says what.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from klantbeeld.domain.events.catalogue import EventType
from klantbeeld.domain.events.schema import event_schema
from klantbeeld.domain.problems import Invalid

CODES = {
    "required": "missing_field",
    "type": "wrong_type",
    "enum": "unknown_value",
    "const": "unknown_value",
    "pattern": "bad_format",
    "format": "bad_format",
    "minLength": "empty_value",
    "maxLength": "too_long",
    "minItems": "missing_field",
    "maxItems": "too_many_items",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
}

_ENVELOPE = {
    "type": "object",
    "required": ["id", "source", "type", "time", "data"],
    "properties": {
        **{name: {"type": "string"} for name in ("specversion", "id", "source", "type", "time")},
        **{name: {"type": ["string", "null"]} for name in ("dataschema", "datacontenttype")},
        "sequence": {"type": ["integer", "null"]},
        "history": {"type": "boolean"},
    },
}
_PLACE = re.compile(r"at `\$\.?([^`]*)`")


def explain(error: Exception, raw: bytes, event_type: EventType | None, version: int) -> Invalid:
    """The reason for `error`, which came of decoding `raw`; `event_type` is None when the envelope did not decode."""
    if isinstance(error, Invalid):
        return error
    if isinstance(error, RecursionError):
        return Invalid("too_deep")
    if isinstance(error, UnicodeDecodeError):
        return Invalid("bad_encoding", hint="JSON is UTF-8")
    cause = error.__cause__
    place = ("data." if event_type else "") + _place(str(error))
    if isinstance(cause, Invalid):
        return Invalid(
            cause.code, ".".join(part for part in (place.strip("."), cause.field) if part), cause.hint
        )
    if not isinstance(error, msgspec.ValidationError):
        return _unreadable(raw)
    return _by_schema(raw, event_type, version) or Invalid("bad_value", place)


def _place(message: str) -> str:
    found = _PLACE.search(message)
    return found.group(1) if found else ""


def _unreadable(raw: bytes) -> Invalid:
    """Python's reader is more lenient: what it can read but we cannot holds half a surrogate pair."""
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        return Invalid("lone_surrogate")
    except (ValueError, RecursionError):
        return Invalid("bad_json")
    return Invalid("bad_json")


def _by_schema(raw: bytes, event_type: EventType | None, version: int) -> Invalid | None:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return Invalid("bad_json")
    if not isinstance(event, dict):
        return Invalid("wrong_type", "", "an event is a JSON object")
    validator = _validator(event_type.name if event_type else None, version)
    errors = [
        best_match(error.context) or error if error.context else error
        for error in validator.iter_errors(event)
    ]
    errors = [error for error in errors if not _foreign(error, event_type)]
    if not errors:
        return None
    return _reason(min(errors, key=lambda error: (len(error.absolute_path), _dotted(error.absolute_path))))


def _foreign(error: ValidationError, event_type: EventType | None) -> bool:
    """Attributes of the envelope are judged when the envelope is read, not with the data."""
    return event_type is not None and list(error.absolute_path)[:1] != ["data"]


@cache
def _validator(name: str | None, version: int) -> Draft202012Validator:
    return Draft202012Validator(event_schema(name, version) if name else _ENVELOPE)


def _reason(error: ValidationError) -> Invalid:
    path = list(error.absolute_path)
    wanted: Any = error.validator_value
    hint = ""
    if error.validator == "required" and isinstance(error.instance, dict):
        path.append(next(name for name in wanted if name not in error.instance))
    elif error.validator == "enum":
        hint = "one of " + ", ".join(map(str, wanted))
    elif error.validator == "type":
        hint = f"must be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
    return Invalid(CODES.get(str(error.validator), "bad_value"), _dotted(path), hint)


def _dotted(path: Iterable[Any]) -> str:
    return ".".join(map(str, path))
