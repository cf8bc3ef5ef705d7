"""The database in memory keeps the promises of the real one that the fence relies on."""

import psycopg
import pytest

from tests.simulation.fibers import Fiber
from tests.simulation.statements import ASK, STATEMENTS
from tests.simulation.store import Server, Session

KEY, OTHER = ("entry", "a"), ("entry", "b")


class Row:
    places = ()


def server() -> Server:
    return Server(STATEMENTS, lambda writes: None)


def session(at: Server) -> Session:
    return at.connect(lambda *_: False)


def insert(one: Session, *keys: tuple[str, str]) -> None:
    with one.transaction():
        for key in keys:
            one.insert(key, Row())
            fiber = Fiber.current()
            if fiber:
                fiber.pause()


def broken_off(one: Session, key: tuple[str, str]) -> None:
    with one.transaction():
        one.insert(key, Row())
        raise KeyError


def test_what_is_rolled_back_was_never_there() -> None:
    one = session(server())
    with pytest.raises(KeyError):
        broken_off(one, KEY)
    assert one.read(KEY) is None


def test_a_savepoint_takes_back_only_its_own() -> None:
    one = session(server())
    with one.transaction():
        one.insert(KEY, Row())
        with pytest.raises(KeyError):
            broken_off(one, OTHER)
    assert one.read(KEY) is not None
    assert one.read(OTHER) is None


def test_nobody_sees_what_is_not_committed() -> None:
    at = server()
    one, other = session(at), session(at)
    with one.transaction():
        one.insert(KEY, Row())
        assert other.read(KEY) is None
    assert other.read(KEY) is not None


def test_who_inserts_what_another_is_inserting_waits_and_then_fails() -> None:
    at = server()
    first, second = Fiber(lambda: insert(session(at), KEY)), Fiber(lambda: insert(session(at), KEY))
    first.go()
    second.go()
    assert not second.runnable()
    first.go()
    assert second.runnable()
    with pytest.raises(psycopg.errors.UniqueViolation):
        second.go()


def test_two_who_wait_for_each_other_are_a_deadlock() -> None:
    at = server()
    first = Fiber(lambda: insert(session(at), KEY, OTHER))
    second = Fiber(lambda: insert(session(at), OTHER, KEY))
    first.go()
    second.go()
    first.go()
    assert not first.runnable()
    with pytest.raises(psycopg.errors.DeadlockDetected):
        second.go()
    assert first.runnable()
    first.kill()


def test_a_failed_statement_spoils_its_transaction() -> None:
    one = session(server())

    def fail(*_: object) -> None:
        raise psycopg.errors.SerializationFailure

    one.server.statements = {**STATEMENTS, "fail": ("fail", fail)}
    with one.transaction():
        with pytest.raises(psycopg.errors.SerializationFailure):
            one.execute("fail")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            one.execute(ASK)


def test_a_stopped_server_forgets_what_was_not_committed_and_serves_nobody() -> None:
    at = server()
    one = session(at)
    one.begin()
    one.insert(KEY, Row())
    at.stop()
    with pytest.raises(psycopg.OperationalError):
        one.execute(ASK)
    assert KEY not in at.rows
    with pytest.raises(psycopg.OperationalError):
        session(at)
