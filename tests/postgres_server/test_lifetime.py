"""Who keeps the server up, and what becomes of it when processes end in any way."""

import os
import signal
from pathlib import Path

import psycopg

from klantbeeld.postgres_server import Server, locks, running
from klantbeeld.postgres_server.layout import Layout
from tests.postgres_server.owners import (
    Owner,
    is_alive,
    is_over,
    kill_hard,
    owner,
    parent_of,
    postmaster_pid,
)
from tests.waiting import until


def _answer(server: Server, question: str = "SELECT 'yes'") -> object:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_a_first_start_makes_a_server_that_answers(new_dir: Path) -> None:
    with running(new_dir) as server:
        assert _answer(server) == "yes"


def test_the_server_stops_when_its_only_owner_leaves(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True):
        postmaster = postmaster_pid(data_dir)
    until(lambda: is_over(data_dir))
    assert not is_alive(postmaster)


def test_what_was_stored_is_there_at_the_next_start(data_dir: Path) -> None:
    with running(data_dir) as server, psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept_over AS SELECT 42 AS answer")
    until(lambda: is_over(data_dir))
    with running(data_dir) as server:
        assert _answer(server, "SELECT answer FROM kept_over") == 42


def test_the_server_stays_while_one_of_two_processes_needs_it(data_dir: Path) -> None:
    with owner(data_dir) as first, running(data_dir) as server:
        postmaster = postmaster_pid(data_dir)
        first.leave()
        # The warden looks for owners more often than a new owner can come and go this many times.
        with psycopg.connect(server.url("postgres")) as connection:
            connection.execute("SELECT pg_sleep(1)")
        assert postmaster_pid(data_dir) == postmaster
        assert _answer(server) == "yes"


def test_processes_that_start_together_share_one_server(data_dir: Path) -> None:
    owners = [Owner(data_dir) for _ in range(4)]
    try:
        for each in owners:
            each.wait_until_it_owns()
        postmaster = postmaster_pid(data_dir)
        for each in owners[:-1]:
            each.leave()
        assert is_alive(postmaster)
        with running(data_dir) as server:
            assert _answer(server) == "yes"
            assert postmaster_pid(data_dir) == postmaster
    finally:
        for each in owners:
            each.end()


def test_the_server_stops_when_its_only_owner_is_killed(data_dir: Path) -> None:
    with owner(data_dir) as only:
        postmaster = postmaster_pid(data_dir)
        only.kill()
        until(lambda: is_over(data_dir))
    assert not is_alive(postmaster)


def test_a_forked_child_of_a_killed_owner_does_not_keep_the_server_up(data_dir: Path) -> None:
    with owner(data_dir, how="with a child") as parent:
        parent.kill()
        until(lambda: is_over(data_dir))
        assert is_alive(parent.child)


def test_a_killed_warden_takes_the_server_along_and_the_next_start_works(data_dir: Path) -> None:
    with owner(data_dir):
        postmaster = postmaster_pid(data_dir)
        kill_hard(parent_of(postmaster))
        until(lambda: not is_alive(postmaster))
        with running(data_dir) as server:
            assert _answer(server) == "yes"
            assert postmaster_pid(data_dir) != postmaster


def test_a_start_right_after_the_warden_was_killed_does_not_get_the_dying_server(data_dir: Path) -> None:
    with owner(data_dir):
        postmaster = postmaster_pid(data_dir)
        kill_hard(parent_of(postmaster))
        until(lambda: not locks.is_held_exclusively(Layout(data_dir=data_dir).warden_lock))
        with running(data_dir) as server:
            assert _answer(server) == "yes"
            assert postmaster_pid(data_dir) != postmaster


def test_committed_data_survives_the_killing_of_every_process(data_dir: Path) -> None:
    with owner(data_dir, unsafe=False) as only:
        with running(data_dir) as server, psycopg.connect(server.url("postgres")) as connection:
            connection.execute("CREATE TABLE survivors AS SELECT generate_series(1, 1000) AS number")
        postmaster = postmaster_pid(data_dir)
        for pid in (parent_of(postmaster), postmaster):
            kill_hard(pid)
        only.kill()
        until(lambda: not is_alive(postmaster))
    with running(data_dir) as server:
        assert _answer(server, "SELECT count(*) FROM survivors") == 1000


def test_a_computing_backend_of_a_killed_postmaster_does_not_stop_the_next_start(data_dir: Path) -> None:
    with owner(data_dir), running(data_dir) as server:
        connection = psycopg.connect(server.url("postgres"), autocommit=True)
        busy = connection.info.backend_pid
        connection.pgconn.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
        until(lambda: _answer(server, f"SELECT state FROM pg_stat_activity WHERE pid = {busy}") == "active")
        postmaster = postmaster_pid(data_dir)
        for pid in (parent_of(postmaster), postmaster):
            kill_hard(pid)
        until(lambda: not is_alive(postmaster))
        with running(data_dir) as again:
            assert _answer(again) == "yes"
            assert not is_alive(busy)
        connection.close()


def test_a_killed_postmaster_is_started_again_for_its_owners(data_dir: Path) -> None:
    with running(data_dir) as server:
        postmaster = postmaster_pid(data_dir)
        kill_hard(postmaster)

        def answers() -> bool:
            try:
                return _answer(server) == "yes"
            except psycopg.OperationalError:
                return False

        until(answers)
        assert postmaster_pid(data_dir) != postmaster


def test_the_pid_of_a_killed_postmaster_may_belong_to_another_program_by_now(data_dir: Path) -> None:
    with owner(data_dir) as only:
        postmaster = postmaster_pid(data_dir)
        for pid in (parent_of(postmaster), postmaster):
            kill_hard(pid)
        only.kill()
        until(lambda: not is_alive(postmaster))
    for stale in (data_dir / "cluster" / "postmaster.pid", data_dir / "socket" / ".s.PGSQL.5432.lock"):
        stale.write_text(stale.read_text().replace(str(postmaster), str(os.getpid()), 1))
    with running(data_dir) as server:
        assert _answer(server) == "yes"


def test_dead_processes_that_nobody_reaps_do_not_stop_the_next_start(data_dir: Path) -> None:
    with owner(data_dir, how="as init"):
        postmaster = postmaster_pid(data_dir)
        for pid in (parent_of(postmaster), postmaster):
            kill_hard(pid)
        until(lambda: not is_alive(postmaster))
        assert Path(f"/proc/{postmaster}").exists()
        with running(data_dir) as server:
            assert _answer(server) == "yes"


def test_who_comes_while_the_server_stops_gets_a_new_one(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True):
        postmaster = postmaster_pid(data_dir)
    until(lambda: locks.is_held_exclusively(Layout(data_dir=data_dir).owners_lock) or is_over(data_dir))
    with running(data_dir, fast_unsafe=True) as server:
        assert _answer(server) == "yes"
        assert postmaster_pid(data_dir) != postmaster


def test_stopping_a_whole_service_leaves_the_server_to_its_owners(data_dir: Path) -> None:
    with running(data_dir) as server:
        postmaster = postmaster_pid(data_dir)
        warden = parent_of(postmaster)
        assert os.getsid(warden) != os.getsid(0), "Ctrl-C in the terminal would reach it"
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(warden, number)
        assert _answer(server, "SELECT pg_sleep(0.5)::text || 'yes'") == "yes"
        assert postmaster_pid(data_dir) == postmaster


def test_an_owner_may_own_twice(data_dir: Path) -> None:
    with running(data_dir) as outer:
        with running(data_dir) as inner:
            assert inner == outer
        assert _answer(outer) == "yes"
