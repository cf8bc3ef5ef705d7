"""An installation moves from PostgreSQL to Kafka: nothing changes, whatever is killed; none works beside it unmoved."""

import base64
import json
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest

from klantbeeld.bootstrap import System
from klantbeeld.log.kafka.wire import Message
from klantbeeld.moving import MoveRefused, MoveReport, move
from klantbeeld.moving.publishing import Carrier
from klantbeeld.unmoved import LogNotMoved
from projections.dead_letters import DeadLetter, discard, letters
from projections.verify import verify
from streams.runner import Runner
from tests.e2e import desk
from tests.e2e.commands import command, report, run
from tests.e2e.conftest import Settings
from tests.e2e.looks import look, settings_of, system_on
from tests.projections.installation import SYSTEM
from tests.stack import Names, Stack

KEY, OTHER_KEY = (base64.b64encode(letter * 32).decode() for letter in (b"m", b"o"))
TOKEN_KEY = "a token key for tests of 32 bytes"
STEPS = ("copying", "publishing", "filling", "verifying")
FOLDER, DATABASE = "data folder", "database"


@pytest.fixture(scope="module")
def files(new_folder: Callable[[], Path]) -> tuple[Path, Path]:
    folder = new_folder()
    folder.mkdir()
    return desk.mapping_in(folder), desk.written(folder, desk.rows())


@pytest.fixture
def kafka(stack: Stack, stack_names: Names) -> Settings:
    return {
        "kafka_bootstrap": stack.bootstrap,
        "topic_prefix": stack_names.topic_prefix,
        "partitions": "3",
        "elasticsearch_url": stack.elasticsearch_url,
    }


@pytest.fixture(params=[FOLDER, DATABASE])
def before(request: pytest.FixtureRequest, new_installation: Callable[[], Settings]) -> Settings:
    """An installation whose log lies in PostgreSQL, with nothing in it."""
    own = new_installation()
    return {"data_dir": own["data_dir"], "master_key": KEY} if request.param == FOLDER else own


@pytest.fixture
def after(before: Settings, new_installation: Callable[[], Settings], kafka: Settings) -> Settings:
    """What it moves to."""
    return new_installation() | before | kafka


@pytest.mark.timeout(300)
def test_what_moved_is_what_it_was_and_there_is_nothing_left_to_move(
    before: Settings, after: Settings, files: tuple[Path, Path]
) -> None:
    report("--mapping", *map(str, files), **before)
    was = look(**before)
    for words in (["serve", "--port", "0"], ["work", "timeline"], ["import", "mbox", str(files[1])]):
        refused = run(*words, **after)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert refused.stderr.startswith("error log_not_moved: ")
        assert "`klantbeeld move`" in refused.stderr

    done = run("move", "--json", **after)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["moved"], told["records"], told["published"]) == (True, was.types.total(), was.types.total())
    assert told["content_digest"] == told["content_digest_before"] == was.digest
    assert sum(one["records"] for one in told["partitions"]) == was.types.total()

    again = run("move", "--json", **after)
    assert (again.returncode, json.loads(again.stdout)["moved"]) == (0, False)
    with command("serve", "--port", "0", token_key=TOKEN_KEY, **after) as server:
        server.until_said("listening on")
        assert server.signalled(signal.SIGTERM) == 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("before", [FOLDER], indirect=True)
def test_a_move_killed_in_every_step_goes_on_and_ends_as_if_it_never_was(
    before: Settings, after: Settings, files: tuple[Path, Path]
) -> None:
    report("--mapping", *map(str, files), **before)
    was = look(**before)
    for step in STEPS:
        with command("move", **after) as under_way:
            under_way.until_said(step)
            if step == "publishing":
                under_way.until(lambda: position(after) > 0)
            under_way.signalled(signal.SIGKILL)
        with pytest.raises(LogNotMoved), system_on(**after):
            pass
    told = moved(after)
    assert told.verified.content_digest == was.digest
    assert sum(one.stored for one in told.verified.partitions) == was.types.total()
    assert told.published < was.types.total()


def test_dead_letters_stay_what_they_are_at_their_new_places(before: Settings, after: Settings) -> None:
    with system_on(**before) as system:
        take(system, 20)
        open_one, discarded_one = set_aside(system, 2)
        discard(system.database, discarded_one.id)
    was = look(**before)
    told = moved(after)
    assert (told.dead_letters, told.recovered, told.verified.content_digest) == (2, 0, was.digest)
    with system_on(**after) as system:
        held = letters(system.database, state=None)
        places = [system.log.read(one.partition, one.position, 1)[0].event_key for one in held]
        again = verify(system.database, system.log, system.keys, system.names, system.processors)
    assert [(one.event_key, one.state) for one in held] == [
        (open_one.event_key, "open"),
        (discarded_one.event_key, "discarded"),
    ]
    assert places == [one.event_key for one in held]
    assert sum(one.dead for one in again.partitions) == 2


def test_what_somebody_appends_to_the_old_log_afterwards_is_seen_and_moves_too(
    before: Settings, after: Settings
) -> None:
    with system_on(**before) as system:
        take(system, 5)
    assert moved(after).records == 5
    with system_on(**before) as system:
        system.ingest.accept([raw(99)], SYSTEM)
    with pytest.raises(LogNotMoved), system_on(**after):
        pass
    assert moved(after).published == 1
    with system_on(**after) as system:
        assert sum(system.log.ends().values()) == 6


@pytest.mark.parametrize("before", [FOLDER], indirect=True)
def test_a_move_that_would_mix_installations_is_refused_by_name_and_moves_nothing(
    before: Settings,
    after: Settings,
    kafka: Settings,
    new_installation: Callable[[], Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with system_on(**before) as system:
        take(system, 5)
        with monkeypatch.context() as patch:
            patch.setattr("klantbeeld.moving.source.SERVER_STOPS_WITHIN", 0.1)
            assert refusal(after) == "source_in_use"
    assert refusal(after | {"master_key": OTHER_KEY}) == "wrong_master_key"

    other = new_installation()
    with system_on(**other | kafka) as system:
        system.ingest.accept([raw(1)], SYSTEM)
    assert refusal(before | kafka | {"database_url": other["database_url"]}) == "target_in_use"
    assert refusal(after) == "topic_in_use"
    assert moved(after | {"topic_prefix": f"{after['topic_prefix']}own."}).published == 5


def test_a_record_of_acceptance_is_kept_to_the_microsecond(before: Settings, after: Settings) -> None:
    with system_on(**before) as system:
        take(system, 5)
        was = {one.event_key: facts(one) for one in system.log.read(0, 0, 100)}
    moved(after)
    with system_on(**after) as system:
        records = [one for partition in range(3) for one in system.log.read(partition, 0, 100)]
    assert {one.event_key: facts(one) for one in records} == was


def test_what_the_broker_did_not_confirm_is_sent_again_and_nothing_else(
    new_installation: Callable[[], Settings],
) -> None:
    broker, reached = Forgetful(), list[int]()
    with system_on(**new_installation()) as system, system.database.dedicated() as connection:
        take(system, 9)
        keys = [one.event_key for one in system.log.read(0, 0, 9)]
        carrier = Carrier(source=connection, publisher=broker, topic="log", reached=reached.append)  # type: ignore[arg-type]
        assert carrier.carry(2, 9) == 7
    assert broker.confirmed == Counter(keys[2:])
    assert reached == [9]


class Forgetful:
    """A broker that at first does not answer, and then confirms every other message that it is given."""

    def __init__(self) -> None:
        self.confirmed: Counter[str] = Counter()
        self._asked = 0

    def connect(self, topic: str) -> bool:
        self._asked += 1
        return self._asked > 1

    def publish(
        self, topic: str, messages: Sequence[Message], *, probing: bool
    ) -> list[tuple[int, int] | None]:
        taken = [number % 2 == 0 for number in range(len(messages))]
        for message, confirmed in zip(messages, taken, strict=True):
            if confirmed:
                self.confirmed[dict(message.headers)["ce_id"].decode()] += 1
        return [(0, 0) if confirmed else None for confirmed in taken]


class Silent:
    def begin(self, what: str) -> None:
        pass

    def moved(self, done: int, total: int) -> None:
        pass


def moved(settings: Settings) -> MoveReport:
    told = move(settings_of(**settings), Silent())
    assert told is not None
    assert told.well, told
    return told


def refusal(settings: Settings) -> str:
    with pytest.raises(MoveRefused) as refused:
        move(settings_of(**settings), Silent())
    return refused.value.code


def position(settings: Settings) -> int:
    """How far a move has come."""
    with psycopg.connect(settings["database_url"]) as connection:
        row = connection.execute("SELECT max(next_position) FROM kept.move").fetchone()
    return int(row[0] or 0) if row else 0


def facts(record: object) -> list[object]:
    """All of a record but its place."""
    names = set(type(record).__dataclass_fields__) - {"partition", "position"}  # type: ignore[attr-defined]
    return [getattr(record, name) for name in sorted(names)]


def take(system: System, count: int) -> None:
    """Events, stored and processed."""
    system.ingest.accept([raw(number) for number in range(count)], SYSTEM)
    process(system)


def process(system: System) -> None:
    for processor in system.processors():
        Runner(system, processor).catch_up(system.log.ends()[0])


def set_aside(system: System, count: int) -> list[DeadLetter]:
    """Dead letters, of records whose seal does not open."""
    first = system.log.ends()[0]
    system.ingest.accept([raw(1000 + number) for number in range(count)], SYSTEM)
    with system.database.connection() as connection:
        change = "UPDATE kept.record SET sealed = sealed || %s WHERE position >= %s"
        connection.execute(change, [b"x", first])
    process(system)
    return letters(system.database)


def raw(number: int) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "/desk/move",
            "id": f"visit-{number}",
            "type": "klantbeeld.visit.recorded",
            "time": f"2026-01-05T10:{number % 60:02}:00Z",
            "data": {
                "identifiers": [{"type": "email", "value": f"visitor{number % 7}@example.nl"}],
                "page": "https://shop.example/retour",
            },
        }
    ).encode()
