"""Events that carry no `identifiers` list: identity by people, rules, erasure, corrections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from klantbeeld.domain.events.markers import Checked, Id, Instant, Items, Key, Line, Word
from klantbeeld.domain.events.people import GivenIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityJudged(Checked):
    """`identity.linked` and `identity.unlinked`: a person's word on two identifiers."""

    pair: Annotated[tuple[GivenIdentifier, ...], Items(least=2, most=2)]
    reason: Line | None = None
    by: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventName(Checked):
    source: Id
    id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWithdrawn(IdentityJudged):
    """`identity.decision_withdrawn`: links or unlinks of the pair, by name, that count no more."""

    withdraws: Annotated[tuple[EventName, ...], Items(least=1, most=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCorrected(Checked):
    """`event.corrected`: `data` replaces the data of the named event as a whole; the last in fold order wins."""

    event: EventName
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A version: a number, or a name like any other."""

    def check(self, value: int | str, field: str) -> None:
        if isinstance(value, str):
            Key(longest=128).check(value, field)

    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"type": "integer"}, {"type": "string", **Key(longest=128).schema()}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged(Checked):
    kind: Word
    version: Annotated[int | str, Numbered()]
    document: dict[str, Any]
    effective_from: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErased(Checked):
    """`customer.erased`: the bare tokens that were erased; no identifiers."""

    tokens: Annotated[tuple[Id, ...], Items(least=1, most=10_000)]
    reason: Line | None = None
    by: Word | None = None
