"""What is answered about events that came in."""

from typing import Literal

from pydantic import BaseModel


class EventResult(BaseModel):
    """What became of one event. `source` and `id` are null where they could not be read."""

    source: str | None
    id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    code: str | None = None
    detail: str | None = None


class EventsReceipt(BaseModel):
    """Results in input order. `position` is what a read may name in `wait_for`."""

    accepted: int
    duplicates: int
    rejected: int
    position: str | None
    results: list[EventResult]
