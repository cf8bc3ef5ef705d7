"""Where suggestions of customers who may be one person enter the review queue.

`suggested` is filled by whoever makes them. A suggestion is open while its two customers are different and no unlink keeps
them apart; a person accepts it by a link of its pair, and dismisses it by an unlink. The queue adds customers, names and
`link_id`, and shows `{kind: "suggestion", customers: [two], identifiers: [two], score, reasons, …}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection


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


def suggested(connection: Connection, after: str | None, limit: int) -> list[Suggestion]:
    """The open suggestions after a place, best first. None are made yet."""
    return []
