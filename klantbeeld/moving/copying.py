"""What is kept beside the log, copied from one database to another: keys, claims, dead letters, all there is.

It may be done again and again: what is there stays as it is.
"""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import sql

from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import SealBroken, unseal
from klantbeeld.log.sql import load
from klantbeeld.moving.refusals import MoveRefused

SQL: Final = load(__package__, "copying.sql")
NOT_COPIED: Final = frozenset({"record", "log_end", "spool", "spooled", "move"})
"""The log itself, and what is said of it. Logs that were moved before are not copied either."""


def check_target(target: Connection, source: Connection, master_key: bytes) -> None:
    """Make sure that the target holds the source's installation, or none at all. Raises `MoveRefused`."""
    ours, theirs = _index_key(source), _index_key(target)
    if theirs is None or _same(ours, theirs, master_key):
        return
    row = target.execute(SQL["is_empty"]).fetchone()
    if not row or not row[0]:
        raise MoveRefused(
            "target_in_use",
            "the database of KLANTBEELD_DATABASE_URL holds another installation: give it an empty database",
        )
    target.execute(SQL["forget_secrets"])


def copy_kept(target: Connection, source: Connection) -> None:
    """All in one transaction of the target's. Raises `MoveRefused`."""
    with target.transaction():
        for table, columns in source.execute(SQL["tables"]).fetchall():
            if table not in NOT_COPIED and not table.startswith("moved_"):
                _copy(target, source, table, columns)
        row = source.execute(SQL["epoch"]).fetchone()
        target.execute(SQL["raise_epoch"], {"epoch": row[0] if row else 0})
        if _one(target, "known_tokens") < _one(source, "known_tokens"):
            raise MoveRefused(
                "keys_differ",
                "both installations gave out tokens of their own for the same identifiers since the first move: "
                "import what is missing from its sources instead",
            )


def _copy(target: Connection, source: Connection, table: str, columns: Sequence[str]) -> None:
    parts = {
        "table": sql.Identifier("kept", table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    target.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE carried ON COMMIT DROP AS SELECT {columns} FROM {table} WHERE false"
        ).format(**parts)
    )
    out_of = sql.SQL("COPY {table} ({columns}) TO STDOUT (FORMAT binary)").format(**parts)
    with (
        source.cursor().copy(out_of) as read,
        target.cursor().copy("COPY carried FROM STDIN (FORMAT binary)") as written,
    ):
        for portion in read:
            written.write(portion)
    target.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT * FROM carried ON CONFLICT DO NOTHING"
        ).format(**parts)
    )
    target.execute("DROP TABLE carried")
    for (column,) in target.execute(SQL["identities"], {"table": f"kept.{table}"}).fetchall():
        target.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({name}, {text}), coalesce(max({column}), 0) + 1, false) FROM {table}"
            ).format(
                name=sql.Literal(f"kept.{table}"),
                text=sql.Literal(column),
                column=sql.Identifier(column),
                table=parts["table"],
            )
        )


def _one(connection: Connection, name: str) -> int:
    row = connection.execute(SQL[name]).fetchone()
    return int(row[0]) if row else 0


def _index_key(connection: Connection) -> bytes | None:
    row: Any = connection.execute(SQL["index_key"]).fetchone()
    return row[0] if row else None


def _same(ours: bytes | None, theirs: bytes, master_key: bytes) -> bool:
    try:
        return ours is not None and (
            unseal(master_key, ours, "index_key") == unseal(master_key, theirs, "index_key")
        )
    except SealBroken:
        return False
