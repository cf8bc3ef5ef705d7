"""The doctor on real parts: what is well is called so, what is broken is named with its mend, nothing is changed."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from klantbeeld.doctor import Finding, examine
from klantbeeld.doctor.findings import fail
from klantbeeld.doctor.machine import disk_space
from klantbeeld.doctor.search import count_of_documents
from projections.fence import skip_one
from streams.line import Line
from tests.e2e.commands import run
from tests.e2e.conftest import Settings
from tests.e2e.looks import settings_of, system_on
from tests.e2e.test_move import raw
from tests.projections.installation import SYSTEM
from tests.stack import Names, Stack
from tests.waiting import until

NOBODY = "127.0.0.1:1"
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
PARTITIONS = 3
COUNT = 30


@pytest.fixture
def kafka(stack: Stack, stack_names: Names) -> Settings:
    return {
        "kafka_bootstrap": stack.bootstrap,
        "topic_prefix": stack_names.topic_prefix,
        "partitions": str(PARTITIONS),
        "elasticsearch_url": stack.elasticsearch_url,
    }


@pytest.fixture
def given(new_installation: Callable[[], Settings], kafka: Settings) -> Settings:
    """An installation on all three parts, with events that were processed."""
    settings = new_installation() | kafka
    with system_on(**settings) as system, system.database.dedicated() as connection:
        system.ingest.accept([raw(number) for number in range(COUNT)], SYSTEM)
        for processor in system.processors():
            for partition, end in system.log.ends().items():
                if records := system.log.read(partition, 0, end):
                    Line(system, processor, partition).take(connection, records)
    return settings


@pytest.fixture
def admin(stack: Stack) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=stack.bootstrap)
    yield client
    client.close()


def examined(settings: Settings, ahead: timedelta = timedelta()) -> list[Finding]:
    """`ahead`: how much this machine's clock is."""
    return list(examine(settings_of(**settings), lambda: datetime.now(UTC) + ahead))


def failing(found: list[Finding]) -> dict[str, str]:
    return {one.name: one.what for one in found if one.level == "fail"}


def level(found: list[Finding], name: str) -> str:
    """The worst of all findings of this name."""
    levels = [one.level for one in found if one.name == name]
    return max(levels, key=["ok", "warn", "fail"].index)


def change(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings["database_url"], autocommit=True) as connection:
        assert connection.execute(statement.encode()).rowcount != 0


def test_a_sound_installation_has_nothing_that_fails(given: Settings) -> None:
    found = examined(given)
    assert failing(found) == {}
    wanted = {
        "settings",
        "data folder",
        "master key",
        "postgresql",
        "clock",
        "schema",
        "kafka",
        "topics",
        "retention",
    }
    wanted |= {
        "log",
        "log id",
        "positions",
        "spool",
        "elasticsearch",
        "dutch analyser",
        "dead letters",
        "time zones",
    }
    wanted |= {"search index", "search cluster", "replication"}
    assert wanted <= {one.name for one in found}
    assert all(one.mend for one in found if one.level != "ok")


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("partitions", "7", "topics"),
        ("master_key", OTHER_KEY, "master key"),
        ("kafka_bootstrap", NOBODY, "kafka"),
        ("elasticsearch_url", f"http://{NOBODY}", "elasticsearch"),
        ("database_url", f"postgresql://nobody@{NOBODY}/none", "postgresql"),
        ("topic_prefix", "nothing.here.", "log, search index"),
        ("rules_dir", "/nonexistent/rules", "settings"),
    ],
)
def test_a_setting_that_leads_astray_is_named(given: Settings, setting: str, value: str, check: str) -> None:
    assert set(failing(examined(given | {setting: value}))) == set(check.split(", "))


@pytest.mark.parametrize(
    ("statement", "check", "seen"),
    [
        ("UPDATE read.checkpoint SET log_id = gen_random_uuid()", "log id", "fail"),
        ("UPDATE read.checkpoint SET next_position = 1000000", "positions", "fail"),
        ("INSERT INTO public.klantbeeld_migration VALUES (999)", "schema", "fail"),
        ("DELETE FROM public.klantbeeld_migration WHERE number > 1", "schema", "warn"),
        ("UPDATE read.search_generation SET index_name = 'gone-search-v1'", "search index", "fail"),
        ("UPDATE kept.log_end SET next_position = 5", "moved", "fail"),
        ("COMMENT ON SCHEMA kept IS 'made by klantbeeld demo'", "demo", "fail"),
    ],
)
def test_what_is_wrong_in_the_database_is_named(
    given: Settings, statement: str, check: str, seen: str
) -> None:
    change(given, statement)
    found = examined(given)
    assert level(found, check) == seen
    assert set(failing(found)) <= {check}


@pytest.mark.parametrize(
    ("name", "value"),
    [("retention.ms", "604800000"), ("cleanup.policy", "compact"), ("max.message.bytes", "1000")],
)
def test_a_topic_that_does_not_keep_everything_is_named(
    given: Settings, admin: KafkaAdminClient, name: str, value: str
) -> None:
    topic = f"{given['topic_prefix']}events"
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
    until(lambda: failing(examined(given)))
    assert f"{name}={value}" in failing(examined(given))["retention"]


def test_a_log_whose_beginning_is_gone_is_named(given: Settings, admin: KafkaAdminClient) -> None:
    topic = f"{given['topic_prefix']}events"
    with system_on(**given) as system:
        partition, end = max(system.log.ends().items(), key=lambda item: item[1])
    admin.delete_records({TopicPartition(topic, partition): end})
    assert "beginning" in failing(examined(given))["log"]


@pytest.mark.parametrize(
    ("seconds", "seen"), [(0, "ok"), (-5, "warn"), (5, "warn"), (-90, "fail"), (90, "fail")]
)
def test_clocks_that_differ_are_told_as_badly_as_they_do(
    new_installation: Callable[[], Settings], seconds: int, seen: str
) -> None:
    assert level(examined(new_installation(), timedelta(seconds=seconds)), "clock") == seen


def test_a_processor_that_nobody_runs_is_told_until_somebody_does(given: Settings) -> None:
    assert level(examined(given), "processor timeline") == "warn"
    consumer = KafkaConsumer(
        f"{given['topic_prefix']}events",
        bootstrap_servers=given["kafka_bootstrap"],
        group_id=f"{given['topic_prefix']}timeline",
    )
    try:
        until(lambda: consumer.poll(100) or consumer.assignment())
        found = examined(given)
        assert level(found, "processor timeline") == "ok"
        assert level(found, "processor search") == "warn"
    finally:
        consumer.close()


def test_events_that_wait_in_the_spool_are_told(given: Settings) -> None:
    with system_on(**given | {"kafka_bootstrap": NOBODY}) as system:
        system.ingest.accept([raw(500)], SYSTEM)
    assert level(examined(given), "spool") == "ok"
    assert level(examined(given, timedelta(minutes=2)), "spool") == "warn"


@pytest.mark.parametrize(("count", "seen"), [(0, "ok"), (1, "warn"), (60, "fail")])
def test_open_dead_letters_are_told(new_installation: Callable[[], Settings], count: int, seen: str) -> None:
    settings = new_installation()
    with system_on(**settings) as system, system.database.dedicated() as connection:
        system.ingest.accept([raw(number) for number in range(60)], SYSTEM)
        for record in system.log.read(0, 0, count):
            with connection.transaction():
                log_id = system.log.log_id()
                skip_one(connection, system.processor("timeline"), log_id, record, "handler_failed", "", 3)
    assert level(examined(settings), "dead letters") == seen


def test_an_installation_in_the_data_folder_is_looked_at_too(new_folder: Callable[[], Path]) -> None:
    folder = new_folder()
    settings = {"data_dir": str(folder)}
    with system_on(**settings) as system:
        system.ingest.accept([raw(1)], SYSTEM)
    found = examined(settings)
    assert failing(found) == {}
    assert level(found, "embedded server") == "ok"
    (folder / "master.key").unlink()
    assert "without it nothing can be read" in failing(examined(settings))["master key"]


def test_where_nothing_is_nothing_is_made(new_installation: Callable[[], Settings], kafka: Settings) -> None:
    settings = new_installation() | kafka
    assert failing(examined(settings)) == {}
    assert not Path(settings["data_dir"]).exists()
    with psycopg.connect(settings["database_url"]) as connection:
        assert connection.execute("SELECT to_regnamespace('kept')::text").fetchone() == (None,)
    client = KafkaAdminClient(bootstrap_servers=kafka["kafka_bootstrap"])
    try:
        assert not [name for name in client.list_topics() if name.startswith(kafka["topic_prefix"])]
    finally:
        client.close()


def test_the_command_says_it_in_lines_or_json_and_tells_no_secret(
    new_installation: Callable[[], Settings],
) -> None:
    secret = uuid.uuid4().hex
    settings = new_installation()
    settings["database_url"] += f"&password={secret}"
    well = run("doctor", **settings)
    assert well.returncode == 0, well.stdout
    assert all(line[:6].strip() in ("ok", "warn") for line in well.stdout.splitlines())

    broken = run(
        "doctor", "--json", typo="x", **settings | {"database_url": f"postgresql://a:{secret}@{NOBODY}/b"}
    )
    told = json.loads(broken.stdout)
    assert (broken.returncode, told["well"]) == (1, False)
    assert {one["name"] for one in told["checks"] if one["level"] != "ok"} == {"settings", "postgresql"}
    for text in (well.stdout, well.stderr, broken.stdout, broken.stderr):
        assert secret not in text
        assert settings["master_key"] not in text
    assert run("doctor", partitions="none").stdout.startswith("fail  settings: bad_partitions; mend: ")


@pytest.mark.parametrize(
    ("free", "seen"), [(100 * 1024**2, "fail"), (1024**3, "warn"), (50 * 1024**3, "ok")], ids=str
)
def test_little_room_on_the_disk_is_told(free: int, seen: str) -> None:
    assert disk_space(Path("/data"), free).level == seen


@pytest.mark.parametrize(("held", "seen"), [(0, "warn"), (1000, "ok"), (1950, "ok"), (5000, "warn")])
def test_an_index_with_far_too_few_or_too_many_documents_is_told(held: int, seen: str) -> None:
    assert count_of_documents("search-v1", held, (1000, 2000)).level == seen


def test_whatever_is_told_stands_on_one_line() -> None:
    from klantbeeld.cli.doctor import line

    assert "\n" not in line(fail("name", "several\nlines", "a\nmend"))
