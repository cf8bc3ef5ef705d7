"""Refused edges: evidence, or a person's link, that would have brought together two customers that must stay apart.

Kept beside who is who, so that the review queue need not resolve anything. One row a pair: where a link is refused, so is
all evidence of that pair.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity.resolution import Resolution
from klantbeeld.log.postgres.database import Connection, array_literal, copy_rows
from klantbeeld.log.sql import load

SQL: Final = load(__package__, "conflicts.sql")
Pair = tuple[Token, Token]
Row = tuple[str, int, str, datetime, Token | None, Token | None]


def save(connection: Connection, older: Collection[Token], resolution: Resolution) -> None:
    """Bring the conflicts of one resolution up to date. `older`: its identifiers that were stored before; only they can
    have conflicts already. A conflict has either both its ends in a resolution or none.
    """
    wanted: dict[Pair, Row] = {}
    for refusal in resolution.refused:
        one = refusal.evidence
        heads = resolution.head[one.a], resolution.head[one.b]
        row = (one.kind, int(one.strength), refusal.reason, one.order[0], *heads)
        wanted.setdefault(one.pair, row)
    stored = _stored(connection, older) if older else {}
    gone = [pair for pair, row in stored.items() if wanted.get(pair) != row]
    if gone:
        values = {"a": [a for a, _ in gone], "b": [b for _, b in gone]}
        connection.execute(SQL["delete_conflicts"], values)
    added = [(*pair, *row) for pair, row in wanted.items() if stored.get(pair) != row]
    if added:
        copy_rows(connection.cursor(), SQL["copy_conflicts"], added)


def _stored(connection: Connection, tokens: Collection[Token]) -> dict[Pair, Row]:
    rows: Iterable[tuple[Any, ...]] = connection.execute(
        SQL["conflicts_of"], {"tokens": array_literal(tokens)}
    )
    return {(row[0], row[1]): row[2:] for row in rows}
