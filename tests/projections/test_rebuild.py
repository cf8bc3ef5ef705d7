"""A rebuild puts right whatever is wrong in the read models, while the system goes on; or leaves them as they were."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from projections import dead_letters
from projections.compare import Difference
from projections.fence import ForeignLog
from projections.rebuild import RebuildRefused
from projections.replay import ReplayRunning
from tests.domain.building import ANNEMIEK, cloud
from tests.domain.household import household
from tests.projections.installation import Installation
from tests.projections.poison import broken, set_aside

ROOT = Path(__file__).resolve().parents[2]
KILLED_HALFWAY = """
import os, signal, sys
from projections.rebuild import rebuild
from tests.projections.conftest import opened
from tests.projections.installation import Installation

one = Installation(opened(sys.argv[1]))
rebuild(one.database, one.log, one.keys, one.processors, progress=lambda done, total: os.kill(os.getpid(), 9))
"""


@pytest.fixture
def filled(installation: Installation) -> Installation:
    installation.take(household())
    return installation


def schemas(installation: Installation) -> list[str]:
    rows = installation.all("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read%%' ORDER BY 1")
    return [name for (name,) in rows]


def test_it_puts_right_what_is_wrong(filled: Installation) -> None:
    filled.run("DELETE FROM entry WHERE position = 5")
    filled.run("UPDATE entity SET visible = false")
    report = filled.rebuild()
    assert report.swapped
    assert {(one.table, one.kind) for one in report.differences} >= {
        ("entry", "missing"),
        ("entity", "altered"),
    }
    assert report.content_digest == filled.expected_digest() == filled.digest()
    assert filled.verify().well
    assert schemas(filled) == ["read"]


def test_a_check_changes_nothing(filled: Installation) -> None:
    filled.run("DELETE FROM entry WHERE position = 5")
    report = filled.rebuild(swap=False)
    assert not report.swapped
    assert [one.kind for one in report.differences if one.table == "entry"] == ["missing"]
    assert filled.one("SELECT count(*) FROM entry") == (len(household()) - 1,)
    assert schemas(filled) == ["read"]


def test_a_check_of_healthy_read_models_finds_nothing(filled: Installation) -> None:
    report = filled.rebuild(swap=False)
    assert (report.count, report.differences, report.recovered) == (0, [], [])
    assert report.partitions[0].balanced


def test_it_comes_as_far_as_the_live_read_models_and_no_further(filled: Installation) -> None:
    filled.post([cloud("visit.recorded", 7000, ANNEMIEK, page="/retour")])
    filled.rebuild()
    assert filled.position() == len(household())
    filled.settle()
    assert filled.digest() == filled.expected_digest()


def test_it_makes_what_an_older_version_lacks(filled: Installation) -> None:
    filled.run("DROP TABLE original")
    filled.run("ALTER TABLE entity DROP COLUMN label")
    filled.rebuild()
    assert filled.verify().well


def test_read_models_of_another_log_are_replaced(filled: Installation) -> None:
    filled.run("UPDATE kept.log_end SET log_id = gen_random_uuid()")
    filled.post([cloud("visit.recorded", 7000, ANNEMIEK, page="/retour")])
    with pytest.raises(ForeignLog):
        filled.settle()
    filled.rebuild()
    assert filled.position() == len(household()) + 1
    assert filled.verify().well


def test_only_one_runs_at_a_time(filled: Installation) -> None:
    with filled.replay_elsewhere(), pytest.raises(ReplayRunning):
        filled.rebuild()


def test_one_that_was_killed_harms_nothing_and_is_cleared_away(
    filled: Installation,
) -> None:
    command = [sys.executable, "-c", KILLED_HALFWAY, filled.database.conninfo]
    process = subprocess.run(command, cwd=ROOT, check=False)
    assert process.returncode == -signal.SIGKILL
    assert schemas(filled) == ["read", "read_next"]
    filled.take([cloud("visit.recorded", 7000, ANNEMIEK, page="/retour")])
    assert filled.digest() == filled.expected_digest()
    filled.rebuild()
    assert schemas(filled) == ["read"]
    assert filled.verify().well


def test_a_dead_letter_that_can_be_read_by_now_is_recovered(installation: Installation) -> None:
    installation.post(household())
    set_aside(installation, 4)
    (letter,) = dead_letters.letters(installation.database)
    recovered = Difference(table="dead_letter", key=(letter.id,), kind="dead_letter_recovered")
    assert installation.rebuild(swap=False).differences == [recovered]
    assert dead_letters.letter(installation.database, letter.id).state == "open"
    report = installation.rebuild()
    assert (report.differences, report.recovered) == ([recovered], [letter.id])
    assert dead_letters.letter(installation.database, letter.id).state == "retried"
    assert installation.verify().content_digest == installation.expected_digest()
    assert installation.verify().well


def test_a_dead_letter_that_still_cannot_be_read_stays_one(installation: Installation) -> None:
    installation.post(household())
    with broken(installation, 4):
        installation.settle()
        report = installation.rebuild()
        assert (report.count, report.recovered) == (0, [])
        (letter,) = dead_letters.letters(installation.database)
        assert (letter.position, letter.attempts, letter.reason) == (4, 1, "seal_broken")
    assert installation.position() == len(household())


def test_a_discarded_dead_letter_stays_out(installation: Installation) -> None:
    installation.post(household())
    set_aside(installation, 4)
    (letter,) = dead_letters.letters(installation.database)
    dead_letters.discard(installation.database, letter.id)
    report = installation.rebuild()
    assert (report.count, report.recovered, report.partitions[0].dead) == (0, [], 1)
    assert installation.one("SELECT count(*) FROM entry") == (len(household()) - 1,)
    assert installation.verify().well


def test_it_refuses_to_lose_what_the_live_read_models_still_hold(filled: Installation) -> None:
    with broken(filled, 4):
        with pytest.raises(RebuildRefused):
            filled.rebuild()
        assert filled.one("SELECT count(*) FROM entry") == (len(household()),)
        assert schemas(filled) == ["read"]
    assert filled.verify().well
