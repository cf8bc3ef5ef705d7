"""The swap of a rebuild happens under full traffic: nobody loses, doubles or misses anything by it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from klantbeeld.log.postgres.database import Connection
from projections import schema
from projections.fence import apply_batch
from services.demo import story
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, cloud, correction
from tests.domain.household import household
from tests.projections.installation import Installation
from tests.waiting import until

STORY = story(1, datetime(2026, 11, 20, tzinfo=UTC))

STORED_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'read' AND table_name = %s AND is_generated = 'NEVER'
"""


@contextmanager
def at_work(*jobs: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Each job over and over in a thread of its own; answers what went wrong in them."""
    done, failures = threading.Event(), list[BaseException]()

    def repeat(job: Callable[[], None]) -> None:
        while not done.wait(0.002) and not failures:
            try:
                job()
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=repeat, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        done.set()
        for thread in threads:
            thread.join()


def worker(installation: Installation, number: int, size: int = 20) -> Callable[[], None]:
    """One more runner of a processor, on a connection and with a memory of its own."""
    processor = installation.processors()[number]
    connection, log_id = installation.database.dedicated(), installation.log.log_id()

    def step() -> None:
        limit = getattr(processor, "limit", None)
        position = installation.position_on(connection, processor.name)
        room = min(size, limit(connection, 0) - position) if limit else size
        records = installation.log.read(0, position, room) if room > 0 else []
        try:
            with connection.transaction():
                apply_batch(connection, processor, 0, log_id, records)
        except Exception:
            processor.forget()
            raise

    return step


def test_traffic_goes_on_while_rebuilds_come_and_go(installation: Installation) -> None:
    batches = [STORY[start : start + 25] for start in range(0, 1500, 25)]
    reader, seen = installation.database.dedicated(), list[int]()

    def post() -> None:
        if batches:
            installation.post(batches[-1])
            batches.pop()

    def read() -> None:
        row = reader.execute("SELECT count(*) FROM entry", prepare=True).fetchone()
        assert row
        seen.append(row[0])

    jobs = (post, read, *(worker(installation, number) for number in (0, 0, 1)))
    with at_work(*jobs) as failures:
        for _ in range(3):
            before = len(seen)
            assert installation.rebuild().count == 0
            until(lambda before=before: len(seen) > before + 5 or bool(failures))
        until(lambda: not batches or bool(failures))
        end = installation.log.ends()[0]
        until(lambda: installation.position("search") >= end or bool(failures))
    assert failures == []
    assert seen == sorted(seen)
    report = installation.verify()
    assert (report.differences, report.content_digest) == ([], installation.expected_digest())
    assert report.partitions[0].stored == report.partitions[0].log_end
    assert report.partitions[0].late == 0


def waiting(installation: Installation) -> int:
    (count,) = installation.one(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return int(count)


@pytest.mark.parametrize("prepared", [False, True])
def test_whoever_waits_for_a_checkpoint_during_the_swap_gets_the_new_one(
    installation: Installation, prepared: bool
) -> None:
    """Else two workers could both take the old row for theirs, and count every record twice."""
    installation.take(household()[:5])
    installation.post(household()[5:])
    steps = [worker(installation, 0), worker(installation, 0)]
    swapping = installation.database.dedicated("read_next")
    if prepared:
        for step in steps * 6:
            step()
        installation.post([{**household()[0], "id": "one more"}])
    copy_read_models(installation, swapping)
    threads = [threading.Thread(target=step) for step in steps]
    with swapping.transaction():
        swapping.execute("LOCK TABLE read.checkpoint IN EXCLUSIVE MODE")
        for thread in threads:
            thread.start()
        until(lambda: waiting(installation) == 2)
        swapping.execute("ALTER SCHEMA read RENAME TO read_old")
        swapping.execute("ALTER SCHEMA read_next RENAME TO read")
    for thread in threads:
        thread.join()
    swapping.execute("DROP SCHEMA read_old CASCADE")
    stored, late, position = installation.one(
        "SELECT stored, late_duplicates, next_position FROM checkpoint WHERE processor = 'timeline'"
    )
    assert (stored, late, position) == (installation.log.ends()[0], 0, installation.log.ends()[0])


def copy_read_models(installation: Installation, connection: Connection) -> None:
    connection.execute("CREATE SCHEMA read_next")
    tables = installation.all("SELECT tablename FROM pg_tables WHERE schemaname = 'read'")
    for (table,) in tables:
        connection.execute(f"CREATE TABLE read_next.{table} (LIKE read.{table} INCLUDING ALL)".encode())
        rows = connection.execute(STORED_COLUMNS, [table]).fetchall()
        columns = ", ".join(name for (name,) in rows)
        connection.execute(
            f"INSERT INTO read_next.{table} ({columns}) SELECT {columns} FROM read.{table}".encode()
        )
    connection.execute("CREATE SEQUENCE read_next.search_version")


def test_a_prepared_statement_reads_the_new_tables_after_the_swap(installation: Installation) -> None:
    installation.take(household())
    reader = installation.database.dedicated()
    query = "SELECT count(*) FROM entry"
    for _ in range(3):
        reader.execute(query, prepare=True)
    installation.run("DELETE FROM entry WHERE position = 5")
    assert reader.execute(query, prepare=True).fetchone() == (len(household()) - 1,)
    installation.rebuild()
    assert reader.execute(query, prepare=True).fetchone() == (len(household()),)


def test_a_long_reader_of_the_old_tables_is_not_disturbed_and_does_not_hold_up_the_rebuild(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.rebuild.LOCK_PATIENCE", "50ms")
    installation.take(household())
    reader = installation.database.dedicated()
    with reader.transaction():
        reader.execute("SELECT count(*) FROM entry")
        assert installation.rebuild().swapped
        assert reader.execute("SELECT count(*) FROM read_old.entry").fetchone() == (len(household()),)
    installation.rebuild()
    assert installation.all("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read%%'") == [("read",)]


def test_what_a_processor_remembers_is_forgotten_with_the_old_tables(installation: Installation) -> None:
    """Evidence that it took for stored is not, once another worker's correction voided it and a rebuild came between."""
    described = cloud("customer.described", 1, [ANNEMIEK, ANNEMIEKS_MAIL], name={"given": "Annemiek"})
    installation.take([described])
    other = worker(installation, 0)
    installation.post([correction(2, described, identifiers=[ANNEMIEK])])
    other()
    installation.rebuild()
    installation.take([{**described, "id": "told again", "time": "2026-11-02T10:00:00Z"}])
    assert installation.digest() == installation.expected_digest()
    assert installation.verify().well


def test_read_models_of_another_version_are_left_alone_where_others_may_work_on_them(
    installation: Installation,
) -> None:
    installation.take(household())
    installation.run("COMMENT ON SCHEMA read IS 'another version'")
    with pytest.raises(schema.OtherVersion):
        schema.ensure(installation.database, renew=False)
    assert installation.position() == len(household())
    schema.ensure(installation.database)
    assert installation.position() == 0
    installation.running = installation.processors()
    installation.settle()
    assert installation.digest() == installation.expected_digest()
