"""Events of an agreement (a promise, due or standing) and of a follow-up (a duty to act)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from klantbeeld.domain.events.markers import Checked, Due, Id, Instant, Key, Line, Word
from klantbeeld.domain.events.people import AboutCustomer
from klantbeeld.domain.events.words import Channel, FollowUpOutcome, MakerKind
from klantbeeld.domain.problems import Invalid

PRIORITY_WORDS = {"urgent": 1, "high": 3, "normal": 5, "low": 7}


@dataclass(frozen=True, slots=True)
class PriorityScale:
    """1 (most urgent) to 9 (least), or a word that stands for one of these."""

    def check(self, value: int | str, field: str) -> None:
        if isinstance(value, str) and value not in PRIORITY_WORDS:
            raise Invalid("unknown_value", field, ", ".join(PRIORITY_WORDS))
        if isinstance(value, int) and not 1 <= value <= 9:
            raise Invalid("out_of_range", field, "1 to 9")

    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"enum": list(PRIORITY_WORDS)}]}


Priority = Annotated[int | str, PriorityScale()]


def priority_rank(priority: int | str | None) -> int:
    """Where a follow-up stands in the queue: 1 first, 9 last, 5 when nothing was said."""
    if priority is None:
        return 5
    return PRIORITY_WORDS[priority] if isinstance(priority, str) else priority


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy(Checked):
    kind: MakerKind
    id: Word | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementMade(AboutCustomer):
    """`agreement.made`: `text` verbatim. Without `due_at` it is a standing agreement."""

    agreement_id: Id
    kind: Word
    text: str | None = None
    due_at: Due | None = None
    valid_until: Due | None = None
    made_by: MadeBy | None = None
    channel: Channel | None = None
    interaction_id: Id | None = None
    conversation_id: Id | None = None
    order_id: Id | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementRescheduled(AboutCustomer):
    agreement_id: Id
    due_at: Due
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementKept(AboutCustomer):
    """`agreement.kept`: the event's own time is when it was kept."""

    agreement_id: Id
    evidence: Any = None
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementWithdrawn(AboutCustomer):
    agreement_id: Id
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class AboutFollowUp(AboutCustomer):
    follow_up_id: Id
    by: Word | None = None
    reason: Line | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpOpened(AboutFollowUp):
    kind: Word
    text: str | None = None
    due_at: Due | None = None
    priority: Priority | None = None
    team: Word | None = None
    assignee: Word | None = None
    agreement_id: Id | None = None
    conversation_id: Id | None = None
    interaction_id: Id | None = None
    order_id: Id | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpAssigned(AboutFollowUp):
    assignee: Word | None = None
    team: Word | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpReleased(AboutFollowUp):
    """`follow_up.released`: back to the team, nobody's."""


@dataclass(frozen=True, kw_only=True)
class FollowUpSnoozed(AboutFollowUp):
    until: Instant


@dataclass(frozen=True, kw_only=True)
class FollowUpRescheduled(AboutFollowUp):
    due_at: Due


@dataclass(frozen=True, kw_only=True)
class FollowUpEscalated(AboutFollowUp):
    team: Word | None = None
    assignee: Word | None = None
    priority: Priority | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpCompleted(AboutFollowUp):
    """`follow_up.completed`; with the outcome `kept` it is evidence for the agreement it names."""

    outcome: FollowUpOutcome | None = None
    agreement_id: Id | None = None
    note: Annotated[str, Key(longest=100_000)] | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpCancelled(AboutFollowUp):
    outcome: FollowUpOutcome | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpReopened(AboutFollowUp):
    due_at: Due | None = None
