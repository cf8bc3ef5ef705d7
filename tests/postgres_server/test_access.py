"""Who may reach the server, and where its files may lie."""

import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from klantbeeld.postgres_server import Server, ServerError, let_server_pass, running
from tests.postgres_server.owners import is_over
from tests.waiting import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root can act as another user")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _as(user: str, action: Callable[[], str]) -> str:
    """What the action answers when a process of another user does it."""
    other = pwd.getpwnam(user)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(other.pw_gid)
            os.setuid(other.pw_uid)
            os.write(write, action().encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def _attempt(server: Server) -> str:
    try:
        with psycopg.connect(server.url("postgres")):
            return "let in"
    except psycopg.OperationalError as error:
        return str(error)


@as_root
def test_another_user_cannot_reach_the_socket(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True) as server:
        assert "Permission denied" in _as("nobody", lambda: _attempt(server))


@as_root
def test_another_user_who_reaches_the_socket_is_refused(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True) as server:
        data_dir.chmod(0o711)
        server.socket_dir.chmod(0o711)
        (server.socket_dir / f".s.PGSQL.{server.port}").chmod(0o777)
        assert "Peer authentication failed" in _as("nobody", lambda: _attempt(server))


@as_root
def test_the_servers_own_user_is_let_in(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True) as server:
        assert server.os_user == "klantbeeld"
        assert _as("klantbeeld", lambda: _attempt(server)) == "let in"


def test_there_is_no_way_in_but_peer(data_dir: Path) -> None:
    with running(data_dir) as server, psycopg.connect(server.url("postgres")) as connection:
        rules = connection.execute("SELECT type, user_name, auth_method FROM pg_hba_file_rules").fetchall()
        assert rules == [("local", ["klantbeeld"], "peer")]
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_server_of_another_user_is_not_taken_for_ours(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True) as server:
        pretended = Server(socket_dir=server.socket_dir, port=server.port, os_user="daemon")
        assert "requirepeer" in _attempt(pretended)


def test_only_the_server_and_its_starter_may_look_into_its_folders(new_dir: Path) -> None:
    with running(new_dir, fast_unsafe=True) as server:
        assert _mode(new_dir / "cluster") == 0o700
        assert _mode(server.socket_dir) == 0o700
        assert _mode(server.socket_dir / f".s.PGSQL.{server.port}") == 0o700
        assert _mode(new_dir) & 0o067 == 0
        assert _mode(new_dir / "postgresql.log") == 0o600
        assert not any(_mode(path) & 0o027 for path in (new_dir / "configuration").iterdir())


def test_a_path_too_long_for_a_socket_works_is_shared_and_leaves_nothing_behind(new_dir: Path) -> None:
    data_dir = new_dir / ("x" * 60) / ("y" * 60)
    data_dir.parent.mkdir(parents=True)
    for folder in (new_dir, data_dir.parent):
        folder.chmod(0o711)
    with running(data_dir, fast_unsafe=True) as server, running(data_dir) as again:
        assert again == server
        assert server.socket_dir.parent == Path("/tmp")
        assert _mode(server.socket_dir) == 0o700
        assert _attempt(server) == "let in"
    until(lambda: is_over(data_dir))
    assert not server.socket_dir.exists()


@as_root
def test_a_folder_that_the_servers_user_cannot_reach_is_refused_with_the_mend(new_dir: Path) -> None:
    new_dir.mkdir(mode=0o700)
    with (
        pytest.raises(ServerError, match="KLANTBEELD_DATA_DIR to a folder such as") as refused,
        running(new_dir / "in"),
    ):
        pass
    assert refused.value.code == "data_dir_unreachable"
    assert "\n" not in str(refused.value)
    assert _mode(new_dir) == 0o700


@as_root
def test_a_folder_of_the_product_can_let_the_servers_user_pass(new_dir: Path) -> None:
    let_server_pass(new_dir)
    with running(new_dir / "in", fast_unsafe=True) as server:
        assert _attempt(server) == "let in"
    until(lambda: is_over(new_dir / "in"))
    assert _mode(new_dir) == 0o710


@as_root
def test_programs_under_a_closed_folder_are_copied_for_the_servers_user(new_dir: Path) -> None:
    with running(new_dir, fast_unsafe=True):
        (copy,) = new_dir.glob("postgresql-*.*.*")
        program = next(copy.rglob("bin/postgres"))
        assert program.stat().st_uid == 0
        assert not list(new_dir.glob("*unfinished*"))


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(new_dir: Path) -> None:
    new_dir.write_text("a file, not a folder")
    with pytest.raises(ServerError) as refused, running(new_dir / "data"):
        pass
    assert refused.value.code == "data_dir_unusable"
    new_dir.unlink()


def test_a_cluster_of_another_major_version_is_refused(data_dir: Path) -> None:
    (data_dir / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="pg_dump") as refused, running(data_dir):
        pass
    assert refused.value.code == "version_mismatch"


@as_root
def test_a_cluster_of_another_user_is_refused(data_dir: Path) -> None:
    os.chown(data_dir / "cluster", 0, 0)
    with pytest.raises(ServerError, match="chown") as refused, running(data_dir):
        pass
    assert refused.value.code == "wrong_owner"


def test_a_server_that_does_not_start_says_why(data_dir: Path) -> None:
    (data_dir / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(ServerError, match="pg_control") as refused, running(data_dir):
        pass
    assert refused.value.code == "start_failed"
    until(lambda: is_over(data_dir))
