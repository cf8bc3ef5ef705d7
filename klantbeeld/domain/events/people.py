"""Who an event is about: identifiers given by a source, and other people it mentions."""

from dataclasses import dataclass
from typing import Annotated

from klantbeeld.domain.events.markers import Checked, Items, Key, Word
from klantbeeld.domain.events.words import Role, StrengthWord


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenIdentifier(Checked):
    """An identifier as the source wrote it, not yet normalised."""

    type: Annotated[str, Key(longest=80)]
    value: Annotated[str, Key(longest=512)]
    strength: StrengthWord = "asserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointedIdentifier(Checked):
    """An identifier that is pointed at, without evidence."""

    type: Annotated[str, Key(longest=80)]
    value: Annotated[str, Key(longest=512)]


Given = Annotated[tuple[GivenIdentifier, ...], Items(least=1, most=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related(Checked):
    """Another person in the event: never evidence, never owner."""

    role: Role
    identifiers: Given


Others = Annotated[tuple[Related, ...], Items(most=100)]


@dataclass(frozen=True, kw_only=True)
class AboutCustomer(Checked):
    """What every event about a customer carries: the identifiers of one person.

    Event data has no slots: what an event leaves out is then found in its class, so that making one costs a third.
    """

    identifiers: Given
    related: Others = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Checked):
    """A person at a desk."""

    id: Word
    name: Word | None = None
