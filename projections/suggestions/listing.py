"""Suggestions as they are offered: between two customers that still differ, and that nobody has kept apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sql import load
from projections.suggestions.reasons import told

SQL = load(__package__, "queries.sql")
PAGE: Final = 100
Place = tuple[float, Token, Token]
"""Where a list stands: probability and tokens of the last suggestion."""

Pair = tuple[Token, Token]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`place`: what to ask on from. `heads`: the identifiers that stand for the two customers."""

    place: Place
    heads: Pair
    pair: tuple[tuple[str, str], tuple[str, str]]
    codes: tuple[str, ...]
    since: datetime

    @property
    def reasons(self) -> list[str]:
        """In words, what speaks most for one person first."""
        return told(self.codes)


def suggestions(connection: Connection, *, after: Place | None = None, limit: int = PAGE) -> list[Suggestion]:
    """The likeliest first, at most one for each two customers on a page."""
    found: dict[Pair, Suggestion] = {}
    while len(found) < limit:
        page = _page(connection, after)
        apart = _apart(connection, {head for one in page for head in one.heads})
        for one in page:
            pair = min(one.heads), max(one.heads)
            if pair not in apart and len(found) < limit:
                found.setdefault(pair, one)
        if len(page) < PAGE:
            break
        after = page[-1].place
    return list(found.values())


def _page(connection: Connection, after: Place | None) -> list[Suggestion]:
    probability, a, b = after or (None, None, None)
    values = {"probability": probability, "a": a, "b": b, "limit": PAGE}
    return [_suggestion(row) for row in connection.execute(SQL["likeliest"], values)]


def _suggestion(row: tuple[Any, ...]) -> Suggestion:
    a, b, probability, codes, since, mine_type, mine, head, other_type, other, other_head = row
    return Suggestion(
        place=(probability, a, b),
        heads=(head, other_head),
        pair=((mine_type, mine), (other_type, other)),
        codes=tuple(codes),
        since=since,
    )


def _apart(connection: Connection, heads: Collection[Token]) -> set[Pair]:
    """Customers that an unlink keeps apart: on some pair of their identifiers the newest word."""
    rows = connection.execute(SQL["decisions"], {"heads": array_literal(heads)}).fetchall() if heads else []
    return {pair for pair, words in _by_pair(rows) if max(words)[-1] == "unlink"}


def _by_pair(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Pair, list[tuple[Any, ...]]]]:
    words: dict[tuple[Pair, Pair], list[tuple[Any, ...]]] = defaultdict(list)
    for head, other, a, b, kind, *order in rows:
        words[(min(head, other), max(head, other)), (a, b)].append((*order, kind))
    return ((heads, said) for (heads, _), said in words.items())
