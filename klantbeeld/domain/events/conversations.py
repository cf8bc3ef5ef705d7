"""Events in the life of a conversation, the thread that interactions belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from klantbeeld.domain.events.markers import Checked, Due, Id, Line, Word
from klantbeeld.domain.events.people import AboutCustomer
from klantbeeld.domain.events.words import Channel, WaitingFor
from klantbeeld.domain.problems import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat(Checked):
    """Where a conversation goes to or comes from; at least one part is set."""

    agent: Word | None = None
    team: Word | None = None
    skill: Word | None = None
    bot: Word | None = None

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if not (self.agent or self.team or self.skill or self.bot):
            raise Invalid("missing_field", "agent, team or skill")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverContext(Checked):
    """What the one who takes over must not ask again."""

    summary: str | None = None
    asked: Any = None
    answered: Any = None
    collected: Any = None


@dataclass(frozen=True, kw_only=True)
class HandedOver(AboutCustomer):
    """`conversation.handed_over`. The field is called `from` in JSON."""

    RENAMED: ClassVar[Mapping[str, str]] = {"origin": "from"}

    conversation_id: Id
    to: Seat
    origin: Seat | None = None
    context: HandOverContext | None = None
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationWaiting(AboutCustomer):
    """`conversation.waiting`. The field is called `for` in JSON."""

    RENAMED: ClassVar[Mapping[str, str]] = {"waiting_for": "for"}

    conversation_id: Id
    waiting_for: WaitingFor
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationContinued(AboutCustomer):
    conversation_id: Id
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationResolved(AboutCustomer):
    conversation_id: Id
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationReopened(AboutCustomer):
    conversation_id: Id
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceLevelNoticed(AboutCustomer):
    """`service_level.warned` and `.breached`: a notice by the system; it never decides a verdict."""

    target: Word
    due_at: Due | None = None
    conversation_id: Id | None = None
    follow_up_id: Id | None = None
    agreement_id: Id | None = None
    details: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AcknowledgementSent(AboutCustomer):
    """`acknowledgement.sent`: the receipt that says what to expect."""

    channel: Channel
    conversation_id: Id | None = None
    interaction_id: Id | None = None
    text: str | None = None
    promised_by: Due | None = None
