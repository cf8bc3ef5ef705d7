"""What every request body has in common."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Given(BaseModel):
    """Base of every request body: unknown members are refused, and texts that cannot be stored.

    The answer is 400 `bad_request` with the code `lone_surrogate` or `control_character` at its place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        for text in _texts(value):
            if "\0" in text:
                raise PydanticCustomError("control_character", "a NUL character cannot be stored")
            if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                raise PydanticCustomError("lone_surrogate", "half a surrogate pair is no text")
        return value


def _texts(value: Any) -> Iterator[str]:
    """Every text in parsed JSON, names of members included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.keys()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
