"""Where suggestions of customers who may be one person enter the review queue.

A suggestion is open while its two customers are different and no unlink keeps
them apart; a person accepts it by a link of its pair, and dismisses it by an unlink. The queue adds customers, names and
`link_id`, and shows `{kind: "suggestion", customers: [two], identifiers: [two], score, reasons, …}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection
from projections.suggestions.listing import Place, suggestions


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`pair`: the token of an identifier of either customer. `score` from 0 to 1. `place` orders suggestions, alike every
    time; the queue goes on after it.
    """

    pair: tuple[Token, Token]
    score: float
    reasons: Sequence[str]
    since: datetime
    place: str


def suggested(connection: Connection, after: str | None, limit: int) -> tuple[list[Suggestion], str | None]:
    """The open suggestions after a place, best first, and from where to go on when there may be more."""
    listed = suggestions(connection, after=_place(after) if after else None, limit=limit)
    made = [
        Suggestion(
            pair=(one.place[1], one.place[2]),
            score=round(one.place[0], 4),
            reasons=one.reasons,
            since=one.since,
            place=_text(one.place),
        )
        for one in listed.found
    ]
    return made, _text(listed.further) if listed.further else None


def _text(place: Place) -> str:
    return " ".join((place[0].hex(), *place[1:]))


def _place(text: str) -> Place:
    probability, a, b = text.split(" ")
    return float.fromhex(probability), a, b
