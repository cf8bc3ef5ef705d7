"""`rebuild` and `verify` use all processors of the machine: processes of their own share the log, in both modes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from klantbeeld.bootstrap import System
from projections import shares
from projections.rebuild import rebuild
from projections.shares import ShareLost
from projections.verify import verify
from services.demo import story
from services.demo.telling import tell
from streams import replayers
from streams.embedded import embedded
from streams.replayers import Replayers
from tests.e2e.looks import system_on, until_processed
from tests.e2e.modes import Mode
from tests.waiting import until

STORY = story(1, datetime(2026, 11, 20, tzinfo=UTC))


@pytest.fixture(scope="module")
def system(mode: Mode) -> Iterator[System]:
    """With a story in its log, processed; nobody works on it any more."""
    settings = mode.new()
    with system_on(**settings) as system:
        with mode.working(settings), nullcontext() if mode.distributed else embedded(system):
            tell(system.ingest, STORY)
            until_processed(system)
        yield system


@pytest.fixture(autouse=True)
def _always_worthwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WORTHWHILE", 1)


def test_processes_of_their_own_share_a_verification_and_tell_how_far_they_are(system: System) -> None:
    told: list[int] = []
    report = verify(
        system.database, system.log, system.keys, system.names, system.processors,
        progress=lambda done, total: told.append(done), team=Replayers(system.settings, 2),
    )  # fmt: skip
    assert report.well, report.differences
    assert max(told) >= sum(system.log.ends().values())


def test_one_that_is_killed_ends_the_replay_and_the_read_models_stay_as_they_were(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    spawned = replayers.spawned

    def remembered() -> subprocess.Popen[bytes]:
        children.append(spawned())
        return children[-1]

    def kill(done: int, total: int) -> None:
        os.kill(children[0].pid, signal.SIGKILL)

    monkeypatch.setattr(replayers, "spawned", remembered)
    with pytest.raises(ShareLost):
        rebuild(
            system.database, system.log, system.keys, system.processors,
            progress=kill, team=Replayers(system.settings, 2),
        )  # fmt: skip
    until(lambda: all(child.poll() is not None for child in children))
    assert verify(system.database, system.log, system.keys, system.names, system.processors).well
