"""The demo empties what it made, in a database of one's own and in the data folder, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from klantbeeld.bootstrap import opened
from klantbeeld.settings import Settings, load
from klantbeeld.unmoved import DatabaseOfDemo
from services.demo import HERO, story
from services.demo.stage import DemoRefused, emptied, mark
from services.demo.telling import tell
from tests.e2e.commands import run
from tests.e2e.modes import Mode
from tests.e2e.modes import Settings as Given


@pytest.fixture
def given(mode_on_database: Mode) -> Given:
    return mode_on_database.new()


def settings_of(given: Given) -> Settings:
    return load({f"KLANTBEELD_{name.upper()}": value for name, value in given.items()})


def perform(given: Given, *, marked: bool, killed: bool = False) -> None:
    """A short performance, without the mark or with it; one that is `killed` tidies nothing up."""
    with emptied(settings_of(given)) as settings, opened(settings) as system:
        if marked:
            mark(system.database)
        events = [event for event in story(1, system.clock()) if HERO.email in str(event)]
        tell(system.ingest, events[:3])
        assert sum(system.log.ends().values()) == 3
        if killed:
            raise KeyboardInterrupt


def test_afterwards_the_database_is_free_for_real_customers(given: Given) -> None:
    perform(given, marked=True)
    with opened(settings_of(given)) as system:
        assert sum(system.log.ends().values()) == 0


def test_nobody_keeps_real_customers_where_the_next_demo_empties(given: Given) -> None:
    with pytest.raises(KeyboardInterrupt):
        perform(given, marked=True, killed=True)
    with pytest.raises(DatabaseOfDemo), opened(settings_of(given)):
        pass
    assert run("work", "timeline", **given).returncode != 0
    perform(given, marked=True)
    with opened(settings_of(given)):
        pass


def test_each_performance_begins_with_an_empty_log(given: Given) -> None:
    perform(given, marked=True)
    perform(given, marked=True)


def test_a_log_that_the_demo_did_not_make_is_refused_and_stays(given: Given) -> None:
    perform(given, marked=False)
    with pytest.raises(DemoRefused) as refused:
        perform(given, marked=True)
    assert refused.value.code == "log_not_of_demo"
    with opened(
        replace(settings_of(given), topic_prefix=f"{settings_of(given).topic_prefix}demo.")
    ) as system:
        assert sum(system.log.ends().values()) == 3


def test_two_demos_on_one_database_do_not_meet(given: Given) -> None:
    elsewhere = given | {"data_dir": f"{given['data_dir']}-too"}
    with emptied(settings_of(given)), pytest.raises(DemoRefused) as refused, emptied(settings_of(elsewhere)):
        pass
    assert refused.value.code == "demo_runs_already"


def test_schemas_of_other_programs_stay(given: Given) -> None:
    with psycopg.connect(given["database_url"], autocommit=True) as connection:
        connection.execute("CREATE SCHEMA read CREATE TABLE meter (value integer)")
        with pytest.raises(DemoRefused) as refused:
            perform(given, marked=True)
        assert connection.execute("SELECT count(*) FROM read.meter").fetchone() == (0,)
    assert refused.value.code == "log_not_of_demo"


def test_a_folder_that_the_demo_did_not_make_is_refused_and_stays(new_folder: Callable[[], Path]) -> None:
    settings = Settings(data_dir=new_folder())
    key = settings.data_dir / "demo" / "master.key"
    key.parent.mkdir(parents=True)
    key.write_text("of a real installation")
    with pytest.raises(DemoRefused) as refused, emptied(settings):
        pass
    assert refused.value.code == "folder_not_of_demo"
    assert key.exists()


def test_nobody_keeps_real_customers_in_the_folder_that_the_next_demo_empties(
    new_folder: Callable[[], Path],
) -> None:
    settings = Settings(data_dir=new_folder())
    for _ in range(2):
        with emptied(settings) as own:
            pass
    with pytest.raises(DatabaseOfDemo), opened(replace(settings, data_dir=own.data_dir)):
        pass
