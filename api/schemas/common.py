"""Parts that many answers have. Answers may bring further members and further words later; callers must accept them."""

from datetime import datetime

from pydantic import BaseModel


class Incomplete(BaseModel):
    """A part of the truth that is missing from the answer: where it stands, since when, and why."""

    source: str
    since: datetime
    reason: str


class Freshness(BaseModel):
    """Everything recorded up to `as_of` is in the answer; `lag_ms` is how long the oldest missing event waits."""

    as_of: datetime
    lag_ms: int
    incomplete: list[Incomplete]


class Agent(BaseModel):
    id: str
    name: str | None = None
