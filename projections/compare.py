"""Two schemas of read models, row by row: what is altered, missing or too much. Told without a customer's data."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import sql

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "compare.sql")
MOST: Final = 20
"""Differences told of one table."""

NOT_COMPARED: Final = frozenset({"checkpoint", "touched", "search_generation"})
"""Checkpoints are compared by what they count; what was touched goes once it has been taken; each filling has an index
of its own."""
NOT_COMPARED_COLUMNS: Final = {"search_document": frozenset({"version"})}
FOLLOWING: Final = frozenset({"search_document"})
"""Tables that follow the others, and may lag behind them."""
KEYS: Final = {"evidence": ("a", "b", "kind", "occurred_at", "sequence", "source", "id", "place")}
"""Of tables without a primary key."""
TELLING: Final = frozenset({"uuid", "int2", "int4", "int8"})
"""Types of key columns that may be shown: sources' own ids can hold telephone numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`kind` speaks of the first of the two schemas: a row in it is `altered`, `missing` or `extra`."""

    table: str
    key: tuple[str | int, ...]
    kind: str


@dataclass(slots=True)
class Differences:
    """The first of each table, and how many there are."""

    first: list[Difference] = field(default_factory=list)
    count: int = 0

    def add(self, table: str, key: Iterable[str | int], kind: str) -> None:
        self.count += 1
        self.first.append(Difference(table=table, key=tuple(key), kind=kind))


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    place: int
    """Its place in the primary key, or 0."""


def compare(connection: Connection, live: str, fresh: str, leave_out: Collection[str] = ()) -> Differences:
    """What in `live` differs from `fresh`, which is right. Call it inside a transaction that sees one snapshot."""
    found = Differences()
    ours, theirs = _tables(connection, live), _tables(connection, fresh)
    for table in sorted(ours.keys() | theirs.keys()):
        if table in NOT_COMPARED or table in leave_out:
            continue
        if table not in ours or table not in theirs:
            found.add(table, (), "missing" if table not in ours else "extra")
            continue
        if {one.name for one in ours[table]} != {one.name for one in theirs[table]}:
            found.add(table, (), "altered")
        _compare_rows(connection, found, table, live, fresh, _common(table, ours[table], theirs[table]))
    return found


def _compare_rows(
    connection: Connection, found: Differences, table: str, live: str, fresh: str, columns: Sequence[_Column]
) -> None:
    primary = [one.name for one in sorted(columns, key=lambda one: one.place) if one.place]
    keys = primary or KEYS.get(table) or [one.name for one in columns]
    shown = [one.name for one in columns if one.name in keys and one.type in TELLING]
    names = [one.name for one in columns]
    query = sql.SQL(SQL["differing"]).format(
        live=_rows(live, table, names, keys, unique=bool(primary)),
        fresh=_rows(fresh, table, names, keys, unique=bool(primary)),
        same_key=_joined(" AND ", ("l.{0} = r.{0}", [*keys, "copy"])),
        shown=_joined(", ", ("coalesce(l.{0}, r.{0})", shown)),
        ours=_joined(", ", ("l.{0}", names)),
        theirs=_joined(", ", ("r.{0}", names)),
        most=sql.Literal(MOST),
    )
    rows = connection.execute(query).fetchall()
    for _, here, there, *key in rows:
        kind = "altered" if here and there else "extra" if here else "missing"
        found.first.append(Difference(table=table, key=tuple(key), kind=kind))
    found.count += rows[0][0] if rows else 0


def _rows(
    schema: str, table: str, names: Sequence[str], keys: Sequence[str], *, unique: bool
) -> sql.Composable:
    """The table's rows with a number, `copy`, among those of equal key: 1 where the key is the primary key."""
    return sql.SQL(SQL["keyed_rows" if unique else "rows"]).format(
        table=sql.Identifier(schema, table),
        columns=_joined(", ", ("{0}", names)),
        keys=_joined(", ", ("{0}", keys)),
    )


def _joined(separator: str, each: tuple[str, Sequence[str]]) -> sql.Composable:
    pattern, names = each
    return sql.SQL(separator).join(sql.SQL(pattern).format(sql.Identifier(name)) for name in names)


def _common(table: str, ours: Sequence[_Column], theirs: Sequence[_Column]) -> list[_Column]:
    names = {one.name for one in ours} - NOT_COMPARED_COLUMNS.get(table, frozenset())
    return [one for one in theirs if one.name in names]


def _tables(connection: Connection, schema: str) -> dict[str, list[_Column]]:
    found: dict[str, list[_Column]] = {}
    for table, column in _columns(connection, schema):
        found.setdefault(table, []).append(column)
    return found


def _columns(connection: Connection, schema: str) -> Iterator[tuple[str, _Column]]:
    rows: Iterable[Sequence[Any]] = connection.execute(SQL["columns"], {"schema": schema})
    for table, name, type_, place in rows:
        yield table, _Column(name, type_, place)
