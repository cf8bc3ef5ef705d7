"""What is written down of a move from the log in PostgreSQL to another one."""

from typing import Final

from psycopg import sql

from klantbeeld.domain.values import value
from klantbeeld.log.postgres.database import APPEND_LOCK, ERASURE_LOCK, Connection
from klantbeeld.log.sql import load

SQL: Final = load(__package__, "moves.sql")


@value
class Move:
    """`next_position`: all below it are confirmed by the other log. `content_digest`: of the read models before."""

    to_log_id: str
    next_position: int
    content_digest: str | None
    done: bool


def not_moved(connection: Connection) -> int:
    """How many records of the log in this database were not carried over to another log; 0 without a log."""
    row = connection.execute(SQL["has_log"]).fetchone()
    assert row
    has_log, has_moves = row
    if not has_log:
        return 0
    found = connection.execute(SQL["not_moved" if has_moves else "records"]).fetchone()
    return int(found[0]) if found else 0


def move_of(connection: Connection, log_id: str) -> Move | None:
    row = connection.execute(SQL["move_of"], {"log_id": log_id}).fetchone()
    return Move(to_log_id=row[0], next_position=row[1], content_digest=row[2], done=row[3]) if row else None


def is_target(connection: Connection, to: str) -> bool:
    """Whether something was moved to this log, or begun to."""
    row = connection.execute(SQL["is_target"], {"to": to}).fetchone()
    return bool(row and row[0])


def begin(connection: Connection, log_id: str, to: str, digest: str | None) -> Move:
    """Begin a move, or go on with one. `digest` None: what is known of it stays."""
    connection.execute(SQL["begin"], {"log_id": log_id, "to": to, "digest": digest})
    found = move_of(connection, log_id)
    assert found
    return found


def advance(connection: Connection, log_id: str, next_position: int) -> None:
    connection.execute(SQL["advance"], {"log_id": log_id, "next": next_position})


def finish(connection: Connection, log_id: str, to: str, next_position: int, digest: str | None) -> None:
    values = {"log_id": log_id, "to": to, "next": next_position, "digest": digest}
    connection.execute(SQL["finish"], values)


def close_to_appends(connection: Connection) -> int:
    """Hold off appends until the end of the transaction; answers the log's end."""
    row = connection.execute(SQL["close_to_appends"], {"gate": APPEND_LOCK}).fetchone()
    assert row
    return int(row[0])


def hold_off_erasures(connection: Connection) -> None:
    """For as long as the connection lives."""
    connection.execute(SQL["hold_off_erasures"], {"lock": ERASURE_LOCK})


def retire(connection: Connection, log_id: str) -> str:
    """Put the records of a moved log aside, under a name that is answered, and begin an empty log with another id.

    Appends must be held off. Who appends afterwards without knowing of the move writes to the new log: nothing is lost,
    and it is seen.
    """
    name = f"moved_{log_id[:8]}"
    aside = sql.Identifier("kept", name)
    connection.execute(sql.SQL("ALTER TABLE kept.record RENAME TO {}").format(sql.Identifier(name)))
    connection.execute(sql.SQL("CREATE TABLE kept.record (LIKE {} INCLUDING ALL)").format(aside))
    connection.execute(SQL["begin_anew"])
    return f"kept.{name}"
