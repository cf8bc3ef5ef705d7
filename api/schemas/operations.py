"""What is answered about the service itself, the session and the schemas of events."""

from datetime import datetime

from pydantic import BaseModel


class Alive(BaseModel):
    status: str


class Session(BaseModel):
    """Whom the access token names. `csrf_token` goes along with every write of a session."""

    id: str
    name: str
    role: str
    team: str | None
    capabilities: list[str]
    expires_at: datetime
    csrf_token: str


class SchemaName(BaseModel):
    """One version of the schema of one event type; `dataschema` is what an event names it by."""

    name: str
    version: int
    dataschema: str
    href: str


class SchemaList(BaseModel):
    items: list[SchemaName]
    next_cursor: str | None
