"""What the simulator found, each in its smallest form."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from projections.fence import Gap
from streams import partitions
from streams.ending import Ending
from streams.line import Line
from tests.simulation.checks import Watcher
from tests.simulation.keeper import Keeper
from tests.simulation.log import Log
from tests.simulation.processes import Message, Process
from tests.simulation.running import quiet
from tests.simulation.schedule import STALLED, simulated
from tests.simulation.statements import STATEMENTS
from tests.simulation.store import Server
from tests.simulation.worlds import Story, story


class Scene:
    """One partition with all of its story in the log, and workers that meet no faults."""

    def __init__(self) -> None:
        self.server = Server(STATEMENTS, Watcher().committed)
        self.story: Story = story(Random(4), 1)
        self.log = Log(1)
        for record in self.story.sent:
            self.log.send(record)
        self.log.on_the_way.clear()
        self.end = self.log.ends()[0]

    def worker(self) -> Process:
        return Process(0, self.server, self.log, Keeper(self.story.events), Random(0), {})

    def line(self, worker: Process) -> Line:
        return worker.work._line(0)

    def messages(self, *positions: int) -> list[Message]:
        return [Message(self.log.records[0][position]) for position in positions]

    def position(self) -> int:
        row = self.server.rows.get(("checkpoint", "timeline", 0))
        return row.next if row else 0


@pytest.fixture
def scene() -> Iterator[Scene]:
    with simulated(), quiet():
        yield Scene()


def taken(worker: Process, messages: Sequence[Message]) -> None:
    worker.work.take(worker.work.prepare(messages))


def test_a_record_that_comes_twice_in_a_batch_is_no_gap(scene: Scene) -> None:
    taken(scene.worker(), scene.messages(0, 1, 1, 2, 2))
    assert scene.position() == 3


def test_a_copy_does_not_make_up_for_a_record_that_is_missing(scene: Scene) -> None:
    worker = scene.worker()
    session = worker.work._connected()
    with pytest.raises(Gap):
        scene.line(worker).take(session, [message.record for message in scene.messages(0, 0, 2)])
    assert scene.position() == 0


def test_a_partition_that_moves_on_while_its_position_is_asked_for_is_not_past_the_end(scene: Scene) -> None:
    """Records arrive and another worker processes them, while this one waits for the position."""
    late = scene.log.records[0][-1]
    scene.log.on_the_way.append(late)
    asking = scene.worker()

    def meanwhile(_: object, step: str) -> bool:
        if step == "lock_checkpoint" and late in scene.log.on_the_way:
            scene.log.arrived(late)
            taken(scene.worker(), scene.messages(*range(scene.end)))
        return False

    asking._interrupt = meanwhile  # type: ignore[assignment, method-assign]
    assert asking.work.positions([0]) == {0: scene.end}


def test_a_worker_whose_log_was_made_anew_halts_instead_of_passing_its_records_by(scene: Scene) -> None:
    worker = scene.worker()
    worker.work.positions([0])
    taken(worker, scene.messages(*range(scene.end)))
    assert not worker.work.stalled()
    del scene.log.records[0][1:]
    with pytest.raises(Ending) as ending:
        worker.work.stalled()
    assert (ending.value.code, ending.value.halts) == ("past_log_end", True)


def test_a_late_batch_of_a_partition_given_away_does_not_make_a_worker_look_stalled(scene: Scene) -> None:
    former, present = scene.worker(), scene.worker()
    former.work.positions([0])
    former.work.positions([])
    taken(former, scene.messages(0))
    present.work.positions([0])
    taken(present, scene.messages(*range(1, scene.end)))
    scene_clock = partitions.time.clock  # type: ignore[attr-defined]
    for _ in range(2):
        scene_clock.now += STALLED
        assert not former.work.stalled()
