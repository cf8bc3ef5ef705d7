"""What is done to the system. Each fault is over when it returns: whatever it broke runs again, or will by itself."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tests.faults import disks
from tests.faults.ground import SEARCH_ENGINE, Ground
from tests.faults.load import AGAIN, LATE, Load
from tests.faults.poison import Poisoner
from tests.faults.servers import STOPPING_TAKES_AT_MOST, Server, Servers
from tests.faults.watch import Watch
from tests.faults.worker import Orders

BEYOND_SESSION: Final = 12.0
"""Seconds, more than the ten after which Kafka gives a worker's partitions to another."""
POISON: Final = 6
MANY: Final = 500
FOUND_WITHIN: Final = 30.0
HARM_WITHIN: Final = 90.0
WITHOUT_ROOM: Final = 8.0


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a fault may lay hands on. `problems` gets what a fault itself saw go wrong."""

    ground: Ground
    servers: Servers
    load: Load
    watch: Watch
    poisoner: Poisoner
    orders: Orders
    random: random.Random
    problems: list[str] = field(default_factory=list)

    def child(self, prefix: str) -> int:
        """The pid of a worker process, once there is one."""
        found: list[int] = []

        def there() -> bool:
            found[:] = [pid for one in self.servers.named(prefix) for pid in one.children()]
            return bool(found)

        self.watch.until(f"a child of {prefix}", there, FOUND_WITHIN)
        return self.random.choice(found)

    def server(self, prefix: str) -> Server:
        return self.random.choice([one for one in self.servers.named(prefix) if one.runs()])


@dataclass(frozen=True, slots=True)
class Fault:
    """`weight`: how often it is drawn, relative to others. `part`: what the stack must have for it. `lasting`: it takes
    long, so a short run leaves it out.
    """

    name: str
    weight: int
    run: Callable[[Scene], None]
    part: str = "kafka"
    lasting: bool = False


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _frozen(pid: int, seconds: float) -> None:
    _send(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        _send(pid, signal.SIGCONT)


def worker_killed(scene: Scene) -> None:
    _send(scene.child("timeline"), signal.SIGKILL)


def worker_terminated(scene: Scene) -> None:
    _send(scene.child("timeline"), signal.SIGTERM)


def worker_frozen(scene: Scene) -> None:
    _frozen(scene.child("timeline"), BEYOND_SESSION)


def search_killed(scene: Scene) -> None:
    _send(scene.child("search"), signal.SIGKILL)


def search_terminated(scene: Scene) -> None:
    _send(scene.child("search"), signal.SIGTERM)


def search_frozen(scene: Scene) -> None:
    _frozen(scene.child("search"), BEYOND_SESSION)


def supervisor_killed(scene: Scene) -> None:
    _send(scene.server("timeline").pid, signal.SIGKILL)


def worker_replaced(scene: Scene) -> None:
    """As in a rolling deploy: the command is asked to end, and must in time."""
    server = scene.server(scene.random.choice(["timeline", "search", "duties"]))
    assert server.process
    process = server.process
    began = time.monotonic()
    process.terminate()
    process.wait(60)
    took = time.monotonic() - began
    if took > STOPPING_TAKES_AT_MOST:
        scene.problems.append(f"{server.name} took {took:.1f} s to stop")


def duties_killed(scene: Scene) -> None:
    _send(scene.child("duties"), signal.SIGKILL)


def api_killed(scene: Scene) -> None:
    """In the middle of a request."""
    server = scene.server("serve")
    assert server.port
    port = server.port
    scene.watch.until("a request", lambda: scene.load.waits_for(port), FOUND_WITHIN)
    _send(server.pid, signal.SIGKILL)


def api_terminated(scene: Scene) -> None:
    _send(scene.server("serve").pid, signal.SIGTERM)


def broker_killed(scene: Scene) -> None:
    scene.ground.kill("kafka")
    scene.ground.start("kafka")


def broker_frozen(scene: Scene) -> None:
    _frozen(scene.ground.pid("kafka"), scene.random.uniform(3, 9))


def broker_away(scene: Scene) -> None:
    _away(scene, "kafka", scene.random.uniform(20, 40))


def broker_long_away(scene: Scene) -> None:
    _away(scene, "kafka", 150)


def postgresql_killed(scene: Scene) -> None:
    scene.ground.kill("postgresql")
    scene.ground.start("postgresql")


def postgresql_immediate(scene: Scene) -> None:
    """An immediate shutdown; whoever holds the server up starts it again."""
    before = scene.ground.pid("postgresql")
    _send(before, signal.SIGQUIT)
    scene.watch.until("PostgreSQL gone", lambda: not _alive(before), FOUND_WITHIN)
    scene.ground.start("postgresql")


def postgresql_away(scene: Scene) -> None:
    scene.ground.kill("postgresql")
    time.sleep(scene.random.uniform(8, 20))
    scene.ground.start("postgresql")


def backends_terminated(scene: Scene) -> None:
    with suppress(Exception):
        scene.watch.asked(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )


def elasticsearch_killed(scene: Scene) -> None:
    scene.ground.kill(SEARCH_ENGINE)
    scene.ground.start(SEARCH_ENGINE)


def shell_bug(scene: Scene) -> None:
    """Outside of all that may go wrong with a record: before a batch, or after its commit."""
    processor = scene.random.choice(["timeline", "timeline", "search"])
    scene.orders.give(processor, scene.random.choice(["take", "after"]))
    scene.watch.until("a bug", lambda: not scene.orders.waits(processor), FOUND_WITHIN * 2)


def duplicates(scene: Scene) -> None:
    scene.load.order(AGAIN, MANY)


def reordering(scene: Scene) -> None:
    scene.load.order(LATE, MANY)


def poison(scene: Scene) -> None:
    scene.poisoner.write(POISON, scene.random)


def kafka_disk_full(scene: Scene) -> None:
    """Until the broker takes nothing any more, and for a while after that."""
    spool = "SELECT count(*) > 0 FROM kept.spool"
    with disks.filled(scene.ground.disks["kafka"]):
        scene.watch.until("a record in the spool", lambda: bool(scene.watch.asked(spool)[0][0]), HARM_WITHIN)
        time.sleep(WITHOUT_ROOM)
    scene.ground.start("kafka")


def postgresql_disk_full(scene: Scene) -> None:
    """Until senders are refused, and for a while after that."""
    refused = scene.load.answers["503"]
    with disks.filled(scene.ground.disks["postgresql"]):
        scene.watch.until("a 503", lambda: scene.load.answers["503"] > refused, HARM_WITHIN)
        time.sleep(WITHOUT_ROOM)
    scene.ground.start("postgresql")


def _away(scene: Scene, part: str, seconds: float) -> None:
    scene.ground.stop(part)
    time.sleep(seconds)
    scene.ground.start(part)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


CATALOGUE: Final = (
    Fault("timeline worker killed", 14, worker_killed),
    Fault("timeline worker asked to end", 5, worker_terminated),
    Fault("timeline worker frozen for 12 s", 5, worker_frozen, lasting=True),
    Fault("search worker killed", 4, search_killed),
    Fault("search worker asked to end", 2, search_terminated),
    Fault("search worker frozen for 12 s", 2, search_frozen, lasting=True),
    Fault("supervisor of a worker killed", 4, supervisor_killed),
    Fault("`klantbeeld work` replaced", 4, worker_replaced),
    Fault("duties worker killed", 2, duties_killed),
    Fault("API process killed in a request", 8, api_killed),
    Fault("API process asked to end", 3, api_terminated),
    Fault("broker killed", 8, broker_killed),
    Fault("broker frozen for 3 to 9 s", 5, broker_frozen),
    Fault("broker away for 20 to 40 s", 2, broker_away, lasting=True),
    Fault("broker away for 150 s", 0, broker_long_away, lasting=True),
    Fault("PostgreSQL killed", 5, postgresql_killed),
    Fault("PostgreSQL shut down at once", 5, postgresql_immediate),
    Fault("PostgreSQL away for 8 to 20 s", 2, postgresql_away, lasting=True),
    Fault("every connection to PostgreSQL cut", 6, backends_terminated),
    Fault("Elasticsearch killed", 4, elasticsearch_killed, part=SEARCH_ENGINE),
    Fault("bug outside of a record's processing", 5, shell_bug),
    Fault("500 old events sent again", 4, duplicates),
    Fault("500 events out of order", 4, reordering),
    Fault("6 foreign messages in the topic", 4, poison),
)

ON_SMALL_DISKS: Final = (
    Fault("disk of the broker full", 1, kafka_disk_full),
    Fault("disk of PostgreSQL full", 1, postgresql_disk_full),
)


def drawn(count: int, parts: Sequence[str], seed: int, *, brief: bool = False) -> list[Fault]:
    """So many faults in some order: each kind once while there is room, the others by weight."""
    chance = random.Random(seed)
    kinds = [one for one in CATALOGUE if one.part in parts and not (brief and one.lasting)]
    if count < len(kinds):
        return chance.sample(kinds, count)
    weights = [one.weight for one in kinds]
    found = [*kinds, *chance.choices(kinds, weights, k=count - len(kinds))]
    chance.shuffle(found)
    return found
