"""How the server behaves for those it lets in."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import psycopg.sql
import pytest

from klantbeeld.postgres_server import Server, running
from klantbeeld.postgres_server.journal import LARGEST_LOG


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    with running(data_dir) as started:
        yield started


def _setting(server: Server, name: str) -> object:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]


def test_the_server_is_durable_unless_asked_otherwise(server: Server) -> None:
    names = ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"]
    assert [_setting(server, name) for name in names] == ["on"] * 4


def test_a_server_for_tests_may_be_fast_and_unsafe(data_dir: Path) -> None:
    with running(data_dir, fast_unsafe=True) as server:
        assert [_setting(server, name) for name in ("fsync", "synchronous_commit")] == ["off", "off"]


def test_texts_are_ordered_by_code_point_and_times_are_utc(server: Server) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        rows = connection.execute("SELECT x FROM unnest('{é,Z,a,z}'::text[]) x ORDER BY x").fetchall()
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)
    assert [row[0] for row in rows] == ["Z", "a", "z", "é"]
    assert _setting(server, "server_encoding") == "UTF8"
    assert _setting(server, "timezone") == "UTC"


def test_the_extensions_we_need_are_there(server: Server) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        for name in ("pg_trgm", "unaccent"):
            connection.execute(f"CREATE EXTENSION {name}")
        found = connection.execute("SELECT unaccent('Zoë'), similarity('klant', 'klanten') > 0.5").fetchone()
    assert found == ("Zoe", True)


def test_variables_of_the_caller_change_neither_the_server_nor_the_way_to_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "nowhere.example.nl", "PGHOSTADDR": "192.0.2.1",
        "PGUSER": "nobody", "PGDATABASE": "nothing", "PGOPTIONS": "-c work_mem=64kB", "PGSSLMODE": "require",
        "PGGSSENCMODE": "require", "PGTARGETSESSIONATTRS": "standby", "PGREQUIREAUTH": "password",
        "PGCLIENTENCODING": "LATIN1", "PGREQUIREPEER": "nobody", "PGCHANNELBINDING": "require",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with running(data_dir, fast_unsafe=True) as server:
        assert _setting(server, "work_mem") == "16MB"
        assert _setting(server, "client_encoding") == "UTF8"
        for pid_file in data_dir.glob("cluster/postmaster.pid"):
            pid = pid_file.read_text().splitlines()[0]
            assert b"PG" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_log_holds_no_value_of_a_failed_statement(data_dir: Path, server: Server) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (mail text PRIMARY KEY)")
        for refused in ("INSERT INTO people VALUES (%s), (%s)", "SELECT %s::uuid, %s::uuid"):
            with pytest.raises(psycopg.Error):
                connection.execute(refused, ["jan@example.nl", "jan@example.nl"])
    log = (data_dir / "postgresql.log").read_text()
    assert "ready to accept connections" in log
    assert "jan@example.nl" not in log


def test_a_log_that_grew_large_is_emptied_at_the_start(data_dir: Path) -> None:
    with (data_dir / "postgresql.log").open("ab") as log:
        log.truncate(LARGEST_LOG + 1)
    with running(data_dir, fast_unsafe=True):
        assert 0 < (data_dir / "postgresql.log").stat().st_size < 10_000


def test_a_database_name_with_quotes_and_spaces_reaches_the_server(server: Server) -> None:
    name = "it's a \\ name"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    with psycopg.connect(server.url(name)) as connection:
        assert connection.info.dbname == name
