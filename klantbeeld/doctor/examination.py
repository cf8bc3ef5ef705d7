"""The whole examination, in an order in which each check needs what the ones before it found."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psycopg

from klantbeeld.doctor import database, machine, processing
from klantbeeld.doctor.database import Clock
from klantbeeld.doctor.findings import Finding, fail, ok
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.postgres.moves import not_moved
from klantbeeld.postgres_server import ServerError, is_kept, running
from klantbeeld.settings import Settings
from klantbeeld.unmoved import DATABASE, DatabaseOfDemo, left_in_folder, refuse_of_demo, server_folder


def examine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Nothing is changed, and nothing made: no folder, key, schema, topic or index. A server that came along and does not
    run is started for the while.
    """
    yield from machine.examine_machine(settings)
    key = machine.kept_key(settings)
    if isinstance(key, Finding):
        yield key
    yield from _of_demo(settings)
    with ExitStack() as stack:
        connection, found = _reached(settings, stack)
        yield from found
        if connection is not None:
            yield from database.examine_database(connection, settings, clock)
            if not database.holds_installation(connection):
                connection = None
            elif isinstance(key, bytes):
                yield database.examine_key(connection, key)
        yield from _processing(settings, connection, clock)


def _of_demo(settings: Settings) -> Iterator[Finding]:
    with suppress(psycopg.OperationalError):  # told below
        try:
            refuse_of_demo(settings)
        except DatabaseOfDemo as refusal:
            yield fail("demo", refusal.code, str(refusal))


def _reached(settings: Settings, stack: ExitStack) -> tuple[Connection | None, list[Finding]]:
    """The way to the database, and what was found on it."""
    if settings.embedded and not (server_folder(settings) / "cluster").is_dir():
        return None, [ok("embedded server", "will be made at the first start")]
    found: list[Finding] = []
    try:
        conninfo = settings.database_url or _embedded(settings, stack, found)
        return stack.enter_context(database.connected(conninfo)), found
    except psycopg.OperationalError:
        mend = "start it, or correct KLANTBEELD_DATABASE_URL (host, name, role, password)"
        found.append(fail("postgresql", "does not answer", mend))
    except ServerError as error:
        found.append(fail("embedded server", error.code, str(error)))
    return None, found


def _embedded(settings: Settings, stack: ExitStack, found: list[Finding]) -> str:
    folder = server_folder(settings)
    kept = is_kept(folder)
    server = stack.enter_context(running(folder))
    found.append(ok("embedded server", "runs, for another klantbeeld" if kept else "starts"))
    return server.url(DATABASE)


def _processing(settings: Settings, connection: Connection | None, clock: Clock) -> Iterator[Finding]:
    if settings.kafka_bootstrap:
        yield from _unmoved(settings, connection)
        yield from _kafka(settings, connection, clock)
    elif connection is not None:
        log = processing.embedded_log(connection)
        yield from processing.examine_log(connection, log, clock())
    if connection is not None:
        yield processing.examine_letters(connection)
    if settings.elasticsearch_url:
        from klantbeeld.bootstrap import search_prefix
        from klantbeeld.doctor.search import (
            examine_search,
        )  # its library is an extra that others need not have

        yield from examine_search(settings, connection, search_prefix(settings))


def _unmoved(settings: Settings, connection: Connection | None) -> Iterator[Finding]:
    left = {
        "the database": not_moved(connection) if connection else 0,
        str(server_folder(settings)): left_in_folder(server_folder(settings), note=False),
    }
    for where, count in left.items():
        if count:
            what = f"log_not_moved: {count:,} records lie in {where} and not in Kafka"
            yield fail("moved", what, "`klantbeeld move`")


def _kafka(settings: Settings, connection: Connection | None, clock: Clock) -> Iterator[Finding]:
    from klantbeeld.doctor import brokers  # as above
    from klantbeeld.log.kafka.topics import asked

    try:
        with asked(settings.kafka_bootstrap or "", brokers.ANSWERS_WITHIN_MS) as admin:
            yield from brokers.examine_brokers(admin, settings)
            topic, alive, reached = brokers.topic(admin, settings), brokers.alive(admin, settings), True
    except LogUnavailable:
        yield brokers.unreachable(settings)
        topic, alive, reached = None, {}, False
    if connection is None:
        return
    yield processing.examine_spool(connection, clock())
    if topic is None:
        if reached:
            yield from processing.examine_absence(connection)
        return
    log = processing.Log(
        log_id=topic.log_id,
        starts=topic.starts,
        ends=topic.ends,
        accepted_at=brokers.accepted_at(settings),
        working=alive.get,
    )
    yield from processing.examine_log(connection, log, clock())
