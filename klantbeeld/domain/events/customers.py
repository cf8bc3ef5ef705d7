"""Events that describe a customer: profile, consent, satisfaction."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from klantbeeld.domain.events.markers import Checked, Id, Items, Key, LanguageTag, Line, Range, Word
from klantbeeld.domain.events.people import AboutCustomer
from klantbeeld.domain.events.words import Channel, Metric
from klantbeeld.domain.problems import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Checked):
    given: Annotated[str, Key(longest=200)] | None = None
    prefix: Annotated[str, Key(longest=100)] | None = None
    family: Annotated[str, Key(longest=200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Checked):
    """One postal address; `lines` for sources that know no parts."""

    kind: Word | None = None
    street: Word | None = None
    number: Word | None = None
    addition: Word | None = None
    postal_code: Word | None = None
    city: Word | None = None
    country: Word | None = None
    lines: Annotated[tuple[str, ...], Items(most=10)] = ()


@dataclass(frozen=True, kw_only=True)
class CustomerDescribed(AboutCustomer):
    """`customer.described`: of each field the surest word is shown, and of equally sure ones the newest.

    A word is as sure as the identifier that it is said under.
    """

    name: Name | None = None
    birth_date: date | None = None
    language: LanguageTag | None = None
    time_zone: Word | None = None
    addresses: Annotated[tuple[Address, ...], Items(most=50)] | None = None
    company: Line | None = None
    facts: dict[str, str | int | float | bool | None] | None = None


@dataclass(frozen=True, kw_only=True)
class FeedbackGiven(AboutCustomer):
    """`feedback.given`, version 2: a score on the scale from `scale_min` to `scale_max`."""

    metric: Metric
    score: Annotated[int | float, Range(-1000, 1000)]
    scale_min: Annotated[int | float, Range(-1000, 1000)]
    scale_max: Annotated[int | float, Range(-1000, 1000)]
    comment: str | None = None
    channel: Channel | None = None
    conversation_id: Id | None = None
    interaction_id: Id | None = None

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if not self.scale_min <= self.score <= self.scale_max:
            raise Invalid("score_off_scale", "score")


@dataclass(frozen=True, kw_only=True)
class ConsentChanged(AboutCustomer):
    """`consent.changed`: per purpose and channel the newest of the surest words holds; a refusal is as sure as can be."""

    purpose: Word
    granted: bool
    channel: Channel | None = None
