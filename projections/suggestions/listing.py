"""Suggestions as they are offered: between two customers that still differ, and that nobody has kept apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sql import load
from projections.suggestions.reasons import told

SQL = load(__package__, "queries.sql")
PAGE: Final = 100
MOST_PASSED_OVER: Final = 1_000
"""Settled suggestions that are looked through for one answer."""

Place = tuple[float, Token, Token]
"""Where a list stands: probability and tokens of the last suggestion."""

Pair = tuple[Token, Token]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`place`: what to ask on from. `heads`: the identifiers that stand for the two customers as they are now."""

    place: Place
    heads: Pair
    pair: tuple[tuple[str, str], tuple[str, str]]
    codes: tuple[str, ...]
    since: datetime

    @property
    def reasons(self) -> list[str]:
        """In words, what speaks most for one person first."""
        return told(self.codes)


@dataclass(frozen=True, slots=True)
class Listed:
    """`further`: where to ask on from when there may be more."""

    found: list[Suggestion]
    further: Place | None


def suggestions(connection: Connection, *, after: Place | None = None, limit: int = PAGE) -> Listed:
    """The likeliest first, one for each two customers. It ends early, with where to go on, when it has passed over
    `MOST_PASSED_OVER` that turned out to be settled.
    """
    found: list[Suggestion] = []
    passed_over = 0
    while passed_over < MOST_PASSED_OVER:
        page = _page(connection, after)
        offered = list(_offered(connection, page))[: limit - len(found)]
        found += offered
        if len(found) == limit:
            return Listed(found, found[-1].place)
        if len(page) < PAGE:
            return Listed(found, None)
        passed_over += len(page) - len(offered)
        after = page[-1].place
    return Listed(found, after)


def refresh(connection: Connection, tokens: Collection[Token]) -> None:
    """Note which suggestions for these people are settled by now, and which are not. Readers see at once what is settled;
    what is to be decided again they see from here on.
    """
    rows = connection.execute(SQL["suggested_for"], {"tokens": array_literal(tokens)}).fetchall()
    apart = _apart(connection, {head for row in rows for head in row[3:] if head})
    now = ((a, b, open_, _is_open(heads, apart)) for a, b, open_, *heads in rows)
    changed = [(a, b, is_open) for a, b, was_open, is_open in now if is_open != was_open]
    if changed:
        a, b, is_open = zip(*changed, strict=True)
        connection.execute(SQL["set_open"], {"a": list(a), "b": list(b), "open": list(is_open)})


def _offered(connection: Connection, page: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """Of two customers the likeliest of all that is suggested of them, unless they are settled."""
    heads = {head for one in page for head in one.heads if head}
    apart, best = _apart(connection, heads), _best(connection, heads)
    for one in page:
        if _is_open(one.heads, apart) and best.get(_pair(*one.heads)) == one.place:
            yield one


def _is_open(heads: Sequence[Token | None], apart: Collection[Pair]) -> bool:
    mine, other = heads
    return bool(mine and other and mine != other and _pair(mine, other) not in apart)


def _best(connection: Connection, heads: Collection[Token]) -> dict[Pair, Place]:
    found: dict[Pair, Place] = {}
    rows = connection.execute(SQL["among"], {"heads": array_literal(heads)}).fetchall() if heads else []
    for mine, other, probability, a, b in sorted(rows, key=lambda row: (-row[2], *row[3:])):
        found.setdefault(_pair(mine, other), (probability, a, b))
    return found


def _pair(one: Token, other: Token) -> Pair:
    return (one, other) if one <= other else (other, one)


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
        words[_pair(head, other), (a, b)].append((*order, kind))
    return ((heads, said) for (heads, _), said in words.items())
