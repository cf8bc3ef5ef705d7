"""What points to one person: sightings, pairs of one event, people's words on pairs. No conclusions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations
from typing import Final, Literal

from klantbeeld.domain.identifiers import BadIdentifier, Strength
from klantbeeld.domain.values import value

Token = str
Kind = Literal["evidence", "link", "unlink", "withdrawal"]
FoldOrder = tuple[datetime, int, str, str]
Order = tuple[datetime, int, str, str, int]
EventName = tuple[str, str]
"""Source and id of an event."""

MOST_IDENTIFIERS: Final = 1000


@value
class Evidence:
    """One piece of evidence about the pair `a <= b`; with `a == b` it is a *sighting* of that identifier.

    `order` is the event's fold order and a place within the event: no two pieces of one event have the same.
    `takes_back`: of a withdrawal, the event whose link or unlink of this pair counts no more.
    """

    a: Token
    b: Token
    strength: Strength
    kind: Kind
    order: Order
    recorded_at: datetime
    takes_back: EventName | None = None

    def __post_init__(self) -> None:
        if self.a > self.b:
            raise ValueError("evidence names its pair in token order")

    @property
    def pair(self) -> tuple[Token, Token]:
        return self.a, self.b


@value
class Known:
    """What is known of an identifier. `value` may be empty: it only settles ties alike everywhere."""

    token: Token
    type: str
    value: str = ""
    junk: bool = False


@value
class Seen:
    """An identifier as an event names it."""

    token: Token
    strength: Strength = Strength.asserted


def pairs_of(identifiers: Sequence[Seen], order: FoldOrder, recorded_at: datetime) -> list[Evidence]:
    """All that one event says: a sighting of every identifier, and every pair of those that are not weak.

    A pair is as strong as the weaker of the two. An identifier named twice counts once, at its first place
    and its best strength. Junk is no matter of evidence: the rules say what it is, and rules change.
    """
    if len(identifiers) > MOST_IDENTIFIERS:
        raise BadIdentifier("too_many_identifiers")
    seen = _once_each(identifiers)
    found = [_evidence(one.token, one.token, one.strength, order, place, recorded_at) for place, one in seen]
    joining = [(place, one) for place, one in seen if one.strength > Strength.weak]
    for (first, one), (second, other) in combinations(joining, 2):
        strength = min(one.strength, other.strength)
        place = first * MOST_IDENTIFIERS + second
        found.append(_evidence(one.token, other.token, strength, order, place, recorded_at))
    return found


def decision(
    kind: Literal["link", "unlink"], a: Token, b: Token, order: FoldOrder, recorded_at: datetime
) -> Evidence:
    """A person's word on a pair. It is no sighting, so taking it back leaves nothing behind."""
    if a == b:
        raise BadIdentifier("same_identifier_twice")
    low, high = sorted((a, b))
    return Evidence(
        a=low, b=high, strength=Strength.verified, kind=kind, order=(*order, 0), recorded_at=recorded_at
    )


def withdrawal(
    a: Token, b: Token, takes_back: Sequence[EventName], order: FoldOrder, recorded_at: datetime
) -> list[Evidence]:
    """A person takes words on a pair back, one piece for each. It says nothing of the pair itself."""
    if a == b:
        raise BadIdentifier("same_identifier_twice")
    low, high = sorted((a, b))
    return [
        Evidence(
            a=low,
            b=high,
            strength=Strength.verified,
            kind="withdrawal",
            order=(*order, place),
            recorded_at=recorded_at,
            takes_back=named,
        )
        for place, named in enumerate(takes_back)
    ]


def standing(pieces: Sequence[Evidence]) -> Sequence[Evidence]:
    """Without the words that somebody took back, and without the taking back: as if neither had been said.

    All that was said of a pair must be among the pieces, or nothing of it. It is no matter which came first.
    """
    gone = {(one.pair, one.takes_back) for one in pieces if one.kind == "withdrawal"}
    if not gone:
        return pieces
    return [
        one
        for one in pieces
        if one.kind != "withdrawal" and (one.kind == "evidence" or (one.pair, one.order[2:4]) not in gone)
    ]


def is_claim(piece: Evidence) -> bool:
    """Whether it merely asserts that two identifiers are one person's."""
    return piece.strength is not Strength.verified and piece.kind == "evidence" and piece.a != piece.b


def is_dominated(evidence: Evidence, existing: Iterable[Evidence]) -> bool:
    """Whether one of `existing` makes this piece superfluous, whatever moment is asked about.

    Evidence falls to a piece of the same pair that is no later in either time and no weaker. Of people's words
    each may come to decide, so one only falls to a repetition of the same event.
    """
    return any(_dominates(other, evidence) for other in existing)


def frontier(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The pieces that no other dominates, in one order: the same for any arrival, duplication or split."""
    kept: dict[tuple[Token, Token, Kind], list[Evidence]] = {}
    for one in sorted(evidence, key=_arrangement):
        rivals = kept.setdefault((one.a, one.b, one.kind), [])
        if not is_dominated(one, rivals):
            rivals.append(one)
    return sorted((one for rivals in kept.values() for one in rivals), key=_arrangement)


def _dominates(other: Evidence, one: Evidence) -> bool:
    if (other.a, other.b, other.kind) != (one.a, one.b, one.kind) or other.recorded_at > one.recorded_at:
        return False
    if one.kind != "evidence":
        return other.order == one.order
    return other.order <= one.order and other.strength >= one.strength


def _arrangement(one: Evidence) -> tuple[Order, datetime, int, Token, Token, Kind]:
    return one.order, one.recorded_at, -one.strength, one.a, one.b, one.kind


def _once_each(identifiers: Sequence[Seen]) -> list[tuple[int, Seen]]:
    best: dict[Token, tuple[int, Seen]] = {}
    for place, one in enumerate(identifiers):
        earlier = best.get(one.token)
        if earlier is None:
            best[one.token] = place, one
        elif one.strength > earlier[1].strength:
            best[one.token] = earlier[0], one
    return list(best.values())


def _evidence(a: Token, b: Token, strength: Strength, order: FoldOrder, place: int, at: datetime) -> Evidence:
    low, high = (a, b) if a <= b else (b, a)
    return Evidence(a=low, b=high, strength=strength, kind="evidence", order=(*order, place), recorded_at=at)
