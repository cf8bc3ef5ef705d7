"""What calls about customers have in common: the parameters they take, and waiting until what was sent can be seen."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query, Request
from pydantic import AfterValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.messages import preferred
from api.system import System, system_of
from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.times import from_text
from klantbeeld.log import positions
from projections.reading.as_of import Moment
from projections.reading.problems import UnknownCustomer, UnknownEntity

MOST: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether the text has the form of the ids that we give out."""
    return _ID.fullmatch(text) is not None


def _of_our_form(unknown: type[Exception]) -> Callable[[str], str]:
    """A validator: what is no id of ours is not known, rather than badly asked."""

    def check(text: str) -> str:
        if not is_id(text):
            raise unknown
        return text

    return check


def _instant(value: Any) -> datetime:
    """A `+` that nobody escaped arrives as a blank."""
    try:
        return from_text(value.replace(" ", "+"))
    except (ValueError, OverflowError, AttributeError):
        raise PydanticCustomError("bad_time", "an instant with an offset, from 1900") from None


def _event_type(text: str) -> str:
    if text not in CATALOGUE:
        raise PydanticCustomError("unknown_value", "not a type of events")
    return text


Customer = Annotated[str, AfterValidator(_of_our_form(UnknownCustomer))]
CustomerId = Annotated[Customer, Path()]
EntityId = Annotated[str, Path(), AfterValidator(_of_our_form(UnknownEntity))]
When = Annotated[
    datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
EventType = Annotated[
    str, AfterValidator(_event_type), WithJsonSchema({"type": "string", "enum": sorted(CATALOGUE)})
]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Cursor = Annotated[str | None, Query(max_length=4096)]
WaitFor = Annotated[
    str | None,
    Query(description="A position: the answer holds everything up to it, or is 504 after 5 seconds"),
]
AsOf = Annotated[When | None, Query(description="What was known, or had happened, at this moment")]
Basis = Annotated[
    Literal["recorded", "occurred"],
    Query(description="Whether `as_of` looks at when we heard of it or at when it happened"),
]


def moment(as_of: datetime | None, basis: Literal["recorded", "occurred"]) -> Moment | None:
    return Moment(at=as_of, basis=basis) if as_of else None


def wait(system: System, wait_for: str | None, *processors: str) -> None:
    """Wait until this position is visible. Raises `BadPosition`, `NotYetVisible`."""
    if wait_for is not None:
        wanted = positions.from_text(wait_for)
        for processor in processors or ("timeline",):
            system.reads.wait_for(wanted, processor)


def language_of(request: Request) -> str:
    return preferred(request.headers.get("accept-language"), system_of(request).settings.language)
