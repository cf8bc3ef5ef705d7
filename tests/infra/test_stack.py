"""The local stack: it answers, survives what tests do to it, and leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from tests.conftest import ROOT
from tests.postgres_server.owners import is_alive
from tests.stack import Stack, run_stack
from tests.waiting import until

SCRIPT = ROOT / "infra" / "stack.py"


@pytest.fixture
def folder_of_nothing() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kb-", dir="/tmp") as parent:
        Path(parent).chmod(0o711)
        yield Path(parent)


@pytest.fixture
def folder(stack: Stack, folder_of_nothing: Path) -> Iterator[Path]:
    """For a stack of the test's own; the shared one has brought the programs here."""
    path = folder_of_nothing / "stack"
    yield path
    run_stack("down", "--dir", str(path))


def test_what_kafka_confirmed_survives_its_killing(own_stack: Stack) -> None:
    admin = KafkaAdminClient(bootstrap_servers=own_stack.bootstrap)
    admin.create_topics([NewTopic("events", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=own_stack.bootstrap)
    producer.send("events", b"one").get(timeout=30)
    producer.close()
    before = own_stack.pid("kafka")
    own_stack.kill("kafka")
    assert not is_alive(before)
    own_stack.start("kafka")
    assert own_stack.pid("kafka") != before
    consumer = KafkaConsumer(
        "events",
        bootstrap_servers=own_stack.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=30_000,
    )
    assert next(consumer).value == b"one"
    consumer.close()


def test_a_stopped_elasticsearch_comes_back_with_its_documents(own_stack: Stack) -> None:
    document = f"{own_stack.elasticsearch_url}/people/_doc/1"
    _ask("PUT", document, {"name": "Anna"})
    own_stack.stop("elasticsearch")
    own_stack.start("elasticsearch")
    assert _ask("GET", document)["_source"] == {"name": "Anna"}


def test_postgresql_comes_back_where_it_was_and_down_leaves_nothing(folder: Path) -> None:
    settings = json.loads(run_stack("up", "--parts", "postgresql", "--dir", str(folder), "--json"))
    url = settings["KLANTBEELD_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    run_stack("kill", "postgresql", "--dir", str(folder))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    run_stack("start", "postgresql", "--dir", str(folder))
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert len(_processes_of(folder)) > 1
    outside = _shared_memory_of(folder)
    assert outside
    run_stack("down", "--dir", str(folder))
    assert not _processes_of(folder)
    assert not folder.exists()
    assert not [path for path in outside if path.exists()]


def test_up_twice_starts_nothing_twice(folder: Path) -> None:
    first = run_stack("up", "--parts", "postgresql", "--dir", str(folder))
    processes = _processes_of(folder)
    assert first.startswith("export KLANTBEELD_MASTER_KEY=")
    assert run_stack("up", "--parts", "postgresql", "--dir", str(folder)) == first
    assert _processes_of(folder) == processes


def test_a_stack_ends_when_its_owner_is_killed(folder: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    run_stack("up", "--parts", "kafka,postgresql", "--dir", str(folder), "--owner", str(owner.pid))
    owner.kill()
    owner.communicate()
    until(lambda: not folder.exists())
    until(lambda: not _processes_of(folder))


def test_a_part_that_does_not_start_takes_the_others_along(folder: Path) -> None:
    java = folder.parent / "java"
    (java / "bin").mkdir(parents=True)
    (java / "release").write_text('JAVA_VERSION="17.0.1"\n')
    (java / "bin" / "java").write_text("#!/bin/sh\necho it is broken; exit 1\n")
    (java / "bin" / "java").chmod(0o755)
    said = _refused(folder, "postgresql,kafka", JAVA_HOME=str(java))
    assert "it is broken" in said
    assert not _processes_of(folder)


def test_a_missing_maven_is_told_in_one_line(folder_of_nothing: Path) -> None:
    said = _refused(folder_of_nothing / "stack", "kafka", PATH="", XDG_CACHE_HOME=str(folder_of_nothing))
    assert said.count("\n") == 1
    assert "apt install maven" in said


def test_a_missing_java_is_told_in_one_line(folder_of_nothing: Path) -> None:
    said = _refused(folder_of_nothing / "stack", "elasticsearch", PATH="", JAVA_HOME="", how=_WITHOUT_JAVA)
    assert said.count("\n") == 1
    assert "Elasticsearch needs Java 21" in said


def test_a_folder_that_holds_other_things_is_not_touched(folder_of_nothing: Path) -> None:
    letter = folder_of_nothing / "letter.txt"
    letter.write_text("Dear Anna")
    run_stack("down", "--dir", str(folder_of_nothing))
    said = _refused(folder_of_nothing, "postgresql")
    assert "other things" in said
    assert letter.read_text() == "Dear Anna"


_WITHOUT_JAVA = f"""
import pathlib, runpy, sys
sys.path.insert(0, {str(SCRIPT.parent)!r})
from local import artefacts
artefacts._JVMS = pathlib.Path("/nowhere")
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""
"""The script on a machine with no Java in the usual place."""


def _refused(folder: Path, parts: str, how: str | None = None, **variables: str) -> str:
    """What it says on stderr when it refuses to start these parts."""
    script = ["-c", how] if how else [str(SCRIPT)]
    done = subprocess.run(
        [sys.executable, *script, "up", "--parts", parts, "--dir", str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert not done.stdout
    assert not (folder / "stack.lock").exists()
    return done.stderr


def _processes_of(folder: Path) -> set[int]:
    """Everything that was told of this folder by its environment or its arguments."""
    return {process.pid for process in psutil.process_iter() if _knows(process, str(folder))}


def _shared_memory_of(folder: Path) -> set[Path]:
    """What PostgreSQL holds outside of its folder."""
    pid = json.loads((folder / "state.json").read_text())["postgresql"]["pid"]
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {Path(word) for word in maps.split() if word.startswith("/dev/shm/PostgreSQL.")}


def _knows(process: psutil.Process, folder: str) -> bool:
    try:
        return any(folder in text for text in [*process.environ().values(), *process.cmdline()])
    except psutil.Error:
        return False


def _ask(method: str, url: str, body: dict[str, str] | None = None) -> dict[str, object]:
    request = urllib.request.Request(
        url, method=method, headers={"Content-Type": "application/json"},
        data=json.dumps(body).encode() if body else None,
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))
