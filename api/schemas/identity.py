"""Who is who: a person's word on two identifiers, what it would change, how we know, and what is left to decide."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from api.asking import Customer
from api.schemas.common import Freshness
from api.schemas.customers import AskedIdentifier, Identifier, NamedIdentifier
from api.schemas.deeds import Line
from api.schemas.entities import Agreement, FollowUp
from api.schemas.given import Given

LinkId = Annotated[str, Field(min_length=1, max_length=128)]


class Judge(Given):
    """A pair, named by its two identifiers or by its `link_id`. A `reason` is needed unless it is a preview."""

    identifiers: Annotated[tuple[AskedIdentifier, ...], Field(min_length=2, max_length=2)] | None = None
    link_id: LinkId | None = None
    reason: Line | None = None
    preview: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.identifiers is None) == (self.link_id is None):
            raise PydanticCustomError("identifiers_or_link_id", "either two identifiers or a link_id")
        if self.reason is None and not self.preview:
            raise PydanticCustomError(
                "reason_missing", "a reason, unless it is a preview", {"member": "reason"}
            )
        return self


class ReportDoubt(Given):
    """`identifier`: the one that may be somebody else's, if it is known which."""

    customer_id: Customer
    identifier: NamedIdentifier | None = None
    reason: Line


class Side(BaseModel):
    customer_id: str
    display_name: str | None


class SideWithIdentifiers(Side):
    """`identifiers`: the first 100 of `identifier_count`."""

    identifiers: list[Identifier]
    identifier_count: int


class MovedAgreement(Agreement):
    """Words are left out for who may not read them."""

    external_id: str = ""
    text: str | None = None
    order_external_id: str | None = None


class Move(BaseModel):
    """What goes from one customer to another; null is nobody. `agreements` and `follow_ups` are open ones, at most 50 of
    either, `identifiers` at most 100; the counts are of all.
    """

    from_: str | None = Field(alias="from")
    to: str | None
    identifiers: list[Identifier]
    identifier_count: int
    entries: int
    orders: int
    conversations: int
    open_agreements: int
    open_follow_ups: int
    agreements: list[MovedAgreement]
    follow_ups: list[FollowUp]


class Obstacle(BaseModel):
    """Why it would be refused or change nothing. `link_ids`: unlinks that stand in the way."""

    code: str
    detail: str
    link_ids: list[str]


class Preview(BaseModel):
    """What would be, were it done now. `link_id` is null while one of the two was never seen."""

    link_id: str | None
    obstacle: Obstacle | None
    before: list[SideWithIdentifiers]
    after: list[SideWithIdentifiers]
    moves: list[Move]
    freshness: Freshness


class LinkEnd(Identifier):
    """`customer_id` is null for what belongs to nobody in particular."""

    customer_id: str | None


class Said(BaseModel):
    """An event; `by` and `reason` are a person's."""

    event_id: str
    source: str
    external_id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    by: str | None
    reason: str | None


class Evidence(Said):
    """An event that says so. `withdrawn`: the one that took it back, null where none did."""

    strength: str
    withdrawn: Said | None


class Link(BaseModel):
    """What was said of two identifiers. `kind`: evidence, link or unlink. `state`: active, refused (for `reason`), shared
    (also what is merely asserted of an identifier that is verified to be another's), overruled (by a person's newer
    word), withdrawn (by a person) or junk. `time`: when it was first said.
    """

    link_id: str
    kind: str
    state: str
    reason: str | None
    strength: str
    time: datetime
    identifiers: list[LinkEnd]
    evidence: list[Evidence]


class KnownIdentifier(Identifier):
    """`strength`: the surest word on it. `stated`: this customer's by assertion only, while others are verified."""

    strength: str | None
    stated: bool
    first_seen_at: datetime | None


class Identity(BaseModel):
    """How we know who this is, in the order in which things were first said."""

    items: list[Link]
    next_cursor: str | None
    identifiers: list[KnownIdentifier]
    freshness: Freshness


class Action(BaseModel):
    """`link`, `unlink` or `withdraw` with the `link_id` to name, or `complete` of the follow-up."""

    action: str
    link_id: str | None
    follow_up_id: str | None


class Conflict(BaseModel):
    """Something to decide: a `report` of doubt, a `conflict` of evidence with the rules, or a `suggestion`.

    `actions`: what settles it. A link may name another pair than the conflict's own: the one that makes the two customers
    one as a whole.
    """

    kind: str
    link_id: str | None
    follow_up_id: str | None
    evidence: str | None
    reason: str | None
    reasons: list[str] | None
    score: float | None
    strength: str | None
    time: datetime
    identifiers: list[Identifier]
    customers: list[Side]
    actions: list[Action]


class Conflicts(BaseModel):
    items: list[Conflict]
    next_cursor: str | None
    freshness: Freshness
