"""What an agent records and commands: the bodies that are sent, and what is answered to a new entry."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from api.asking import When
from api.schemas.common import Freshness
from api.schemas.customers import NamedIdentifier
from api.schemas.given import Given
from klantbeeld.domain.events.agreements import PRIORITY_WORDS
from klantbeeld.domain.events.words import (
    Channel,
    Direction,
    FollowUpOutcome,
    Intent,
    Outcome,
    WaitingFor,
)

Word = Annotated[str, Field(min_length=1, max_length=128)]
Line = Annotated[str, Field(min_length=1, max_length=2000)]
Text = Annotated[str, Field(max_length=100_000)]
Reference = Annotated[
    str, Field(min_length=1, max_length=255, description="Our id of it, or the `external_id`")
]
Due = Annotated[
    str,
    Field(max_length=64),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
            "description": "An instant, or a date that means the end of that day",
        }
    ),
]
Priority = Annotated[int, Field(ge=1, le=9)] | Literal["urgent", "high", "normal", "low"]

assert set(PRIORITY_WORDS) == {"urgent", "high", "normal", "low"}


class Entry(Given):
    """Whose it is: the owner of the interaction, else of the identifier, else the customer in the address."""

    identifier: NamedIdentifier | None = None
    interaction_id: Reference | None = None
    conversation_id: Reference | None = None
    order_id: Reference | None = None


class NewAgreement(Entry):
    """Without `due_at` it is a standing agreement."""

    kind: Word
    text: Text | None = None
    due_at: Due | None = None
    valid_until: Due | None = None
    channel: Channel | None = None


class NewFollowUp(Entry):
    """`assignee` may be `me`."""

    kind: Word
    text: Text | None = None
    due_at: Due | None = None
    priority: Priority | None = None
    team: Word | None = None
    assignee: Word | None = None
    agreement_id: Reference | None = None
    reason: Line | None = None


class NewInteraction(Given):
    """`interaction_id` names one that is known already, of which this tells more. `occurred_at` absent: now."""

    channel: Channel
    direction: Direction
    occurred_at: When | None = None
    identifier: NamedIdentifier | None = None
    interaction_id: Reference | None = None
    conversation_id: Reference | None = None
    in_reply_to: Reference | None = None
    channel_detail: Word | None = None
    subject: Line | None = None
    text: Text | None = None
    topic: Line | None = None
    intent: Intent | None = None
    team: Word | None = None
    queue: Word | None = None
    queued_at: When | None = None
    answered_at: When | None = None
    ended_at: When | None = None
    outcome: Outcome | None = None
    expects_reply: bool | None = None


class Recorded(BaseModel):
    """`event_id` is that of its entry on the timeline."""

    id: str
    event_id: str
    position: str


class Reasoned(Given):
    reason: Line | None = None


class Classify(Given):
    topic: Line | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None
    note: Text | None = None


class Attribute(Reasoned):
    """`to` is an identifier of the person whose interaction it was after all."""

    to: NamedIdentifier


class ChangedInteraction(BaseModel):
    """An interaction with what agents said of it."""

    interaction_id: str
    external_id: str
    conversation_id: str | None
    customer_id: str | None
    topic: str | None
    intent: str | None
    outcome: str | None
    note: str | None
    freshness: Freshness
    position: str


class RescheduleAgreement(Reasoned):
    due_at: Due


class KeepAgreement(Reasoned):
    """`kept_at` absent: now."""

    kept_at: When | None = None
    evidence: Any = None


class AssignFollowUp(Reasoned):
    """To an agent (`me`, or an id), to a team, or both."""

    assignee: Word | None = None
    team: Word | None = None


class SnoozeFollowUp(Reasoned):
    until: When


class CompleteFollowUp(Reasoned):
    """With the outcome `kept` it is evidence for the follow-up's agreement."""

    outcome: FollowUpOutcome | None = None
    note: Annotated[str, Field(min_length=1, max_length=100_000)] | None = None


class CancelFollowUp(Reasoned):
    outcome: FollowUpOutcome | None = None


class ReopenFollowUp(Reasoned):
    due_at: Due | None = None


class Seat(Given):
    """At least one of these."""

    agent: Word | None = None
    team: Word | None = None
    skill: Word | None = None
    bot: Word | None = None


class HandOverContext(Given):
    summary: Text | None = None
    asked: Any = None
    answered: Any = None
    collected: Any = None


class HandOver(Reasoned):
    """`from` absent: the agent who hands over."""

    to: Seat
    from_: Annotated[Seat | None, Field(alias="from")] = None
    context: HandOverContext | None = None


class Wait(Reasoned):
    for_: Annotated[WaitingFor, Field(alias="for")]
