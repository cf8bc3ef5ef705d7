"""Looking customers up, the brief, the timeline, a conversation, and search."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.asking import When
from api.schemas.common import Agent, Freshness
from api.schemas.entities import Agreement, ChangedConversation, Contact, FollowUp, OpenConversation, Order
from api.schemas.given import Given
from klantbeeld.domain.events.words import Channel


class NamedIdentifier(Given):
    type: Annotated[str, Field(max_length=80)]
    value: Annotated[str, Field(max_length=512)]


class AskedIdentifier(NamedIdentifier):
    strength: Literal["verified", "asserted", "weak"] = "asserted"


class LookUp(Given):
    """`brief` among `include` brings the brief along when the identifiers point to one customer."""

    identifiers: Annotated[tuple[AskedIdentifier, ...], Field(min_length=1, max_length=50)]
    include: Annotated[tuple[Literal["brief"], ...], Field(max_length=5)] = ()


class Identifier(BaseModel):
    type: str
    value: str


class HeldIdentifier(Identifier):
    """`stated`, only where it is true: this customer's by assertion alone, while others are verified."""

    stated: bool = False


class Candidate(BaseModel):
    """`shared`: the identifier is used by several people, so this is no more than a guess."""

    customer_id: str
    display_name: str | None
    matched_on: Identifier
    shared: bool
    last_contact_at: datetime | None


class Name(BaseModel):
    given: str | None = None
    prefix: str | None = None
    family: str | None = None


class Profile(BaseModel):
    name: Name | None
    birth_date: date | None
    language: str | None
    time_zone: str | None
    addresses: list[dict[str, Any]]
    company: dict[str, Any] | str | None
    facts: dict[str, Any]


class Orders(BaseModel):
    open: list[Order]
    recent: list[Order]


class Agreements(BaseModel):
    open: list[Agreement]
    standing: list[Agreement]
    recent: list[Agreement]


class Contacts(BaseModel):
    recent: list[Contact]


class Conversations(BaseModel):
    open: list[OpenConversation]


class FollowUps(BaseModel):
    open: list[FollowUp]


class Unattributed(BaseModel):
    """A contact under an identifier that several people use; without words."""

    entry_id: str
    type: str
    occurred_at: datetime
    channel: str | None
    direction: str | None
    interaction_id: str | None
    conversation_id: str | None


class Warning(BaseModel):
    """`about` is what the warning is about, if there is such a thing: its id; of `profile_change_stated` the field of
    `profile`, or `consents`.
    """

    code: str
    severity: str
    text: str
    about: str | None


class Score(BaseModel):
    occurred_at: datetime
    metric: str
    score: float
    scale_min: float | None
    scale_max: float | None
    channel: str | None
    comment: str | None


class Feedback(BaseModel):
    recent: list[Score]


class Consent(BaseModel):
    purpose: str
    channel: str | None
    granted: bool
    changed_at: datetime


class LastAgent(Agent):
    at: datetime
    channel: str | None


class Routing(BaseModel):
    last_agent: LastAgent | None
    last_team: str | None


class Brief(BaseModel):
    """What an agent should know before the first word. Each item stands in exactly one list."""

    customer_id: str
    display_name: str | None
    profile: Profile
    identifiers: list[HeldIdentifier]
    orders: Orders
    agreements: Agreements
    contacts: Contacts
    conversations: Conversations
    follow_ups: FollowUps
    unattributed: list[Unattributed]
    warnings: list[Warning]
    feedback: Feedback
    consents: list[Consent]
    routing: Routing
    freshness: Freshness


class LookedUp(BaseModel):
    """One customer, or candidates to choose from: the 20 with the newest contact, and whether there are `more_candidates`.

    `warnings` are about what was asked by; they stand in the brief too.
    """

    customer_id: str | None
    candidates: list[Candidate]
    more_candidates: bool
    warnings: list[Warning]
    brief: Brief | None = None
    freshness: Freshness


class Entry(BaseModel):
    """One event on the timeline; `data` is as its source sent it."""

    entry_id: str
    event_id: str
    source: str
    external_id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    channel: str | None
    direction: str | None
    title: str
    text: str | None
    agent: Agent | None
    conversation_id: str | None
    interaction_id: str | None
    data: dict[str, Any]


class Timeline(BaseModel):
    """Newest first. `prev_cursor` asks for what is newer than this page, now or later."""

    items: list[Entry]
    next_cursor: str | None
    prev_cursor: str | None
    freshness: Freshness


class Messages(BaseModel):
    """Oldest first."""

    items: list[Entry]
    next_cursor: str | None


class OneConversation(ChangedConversation):
    message_count: int
    messages: Messages  # type: ignore[assignment]  # a page of them in place of their number


def _listed(value: Any) -> Any:
    """One word will do for a list of one."""
    return [value] if isinstance(value, str) else value


class SearchFilters(Given):
    """Any of these kinds, any of these channels; `from` inclusive, `to` exclusive."""

    kind: Annotated[
        tuple[Literal["customer", "contact", "order"], ...], Field(max_length=20), BeforeValidator(_listed)
    ] = ()
    channel: Annotated[tuple[Channel, ...], Field(max_length=50), BeforeValidator(_listed)] = ()
    from_: Annotated[When | None, Field(alias="from")] = None
    to: When | None = None


class Search(Given):
    query: Annotated[str, Field(max_length=1000)]
    filters: SearchFilters = SearchFilters()
    cursor: Annotated[str | None, Field(max_length=4096)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Hit(BaseModel):
    """`highlight` is HTML: the text escaped, with `<mark>` around what was found."""

    kind: str
    id: str
    customer_id: str | None
    title: str
    highlight: str
    score: float


class Hits(BaseModel):
    items: list[Hit]
    next_cursor: str | None
    freshness: Freshness
