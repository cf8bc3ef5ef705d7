"""Events of one interaction: one message, call, visit or letter, and what happens to it later."""

from dataclasses import dataclass
from typing import Annotated

from klantbeeld.domain.events.markers import Checked, Id, Instant, Items, Key, Line, Word
from klantbeeld.domain.events.people import AboutCustomer, Agent, PointedIdentifier
from klantbeeld.domain.events.words import (
    UNANSWERED_CHANNELS,
    Auto,
    Channel,
    DeliveryStatus,
    Direction,
    Intent,
    Outcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Checked):
    """What was attached, by description only: the bytes stay with the source."""

    name: Annotated[str, Key(longest=500)] | None = None
    type: Word | None = None
    size: int | None = None
    reference: Line | None = None


@dataclass(frozen=True, kw_only=True)
class InteractionHeld(AboutCustomer):
    """`interaction.started` and `interaction.recorded`. Without `interaction_id` the event names itself."""

    channel: Channel
    direction: Direction
    interaction_id: Id | None = None
    channel_detail: Word | None = None
    conversation_id: Id | None = None
    subject: Line | None = None
    text: str | None = None
    topic: Line | None = None
    intent: Intent | None = None
    agent: Agent | None = None
    team: Word | None = None
    queue: Word | None = None
    bot: str | bool | None = None
    queued_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    outcome: Outcome | None = None
    expects_reply: bool | None = None
    auto: Auto | None = None
    attachments: Annotated[tuple[Attachment, ...], Items(most=200)] = ()
    in_reply_to: Id | None = None

    @property
    def is_contact(self) -> bool:
        """Whether the customer would count it: automatic mail and talk among colleagues are not contacts."""
        return self.auto is None and self.direction != "internal"

    @property
    def awaits_reply(self) -> bool:
        """Whether the customer waits for us after this."""
        if self.direction != "inbound" or self.auto is not None:
            return False
        return self.channel not in UNANSWERED_CHANNELS if self.expects_reply is None else self.expects_reply


@dataclass(frozen=True, kw_only=True)
class InteractionAmended(AboutCustomer):
    """`interaction.amended`: the new text; what was said before stays in the log."""

    interaction_id: Id
    text: str | None = None
    subject: Line | None = None


@dataclass(frozen=True, kw_only=True)
class InteractionRemoved(AboutCustomer):
    interaction_id: Id
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class InteractionReacted(AboutCustomer):
    """`interaction.reacted`; an empty reaction takes it back."""

    interaction_id: Id
    reaction: Annotated[str, Key(longest=128)] | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryChanged(AboutCustomer):
    interaction_id: Id
    status: DeliveryStatus
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class InteractionClassified(AboutCustomer):
    """`interaction.classified`: an agent's wrap-up. Fields left out stay as they were."""

    interaction_id: Id
    topic: Line | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None
    note: str | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class InteractionAttributed(AboutCustomer):
    """`interaction.attributed`: whose it was after all. Moves the interaction; is no evidence about identity."""

    interaction_id: Id
    to: PointedIdentifier
    by: Word | None = None
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class VisitRecorded(AboutCustomer):
    """`visit.recorded`: self-service; on the timeline, never a contact."""

    page: Line | None = None
    article: Line | None = None
    helped: bool | None = None
