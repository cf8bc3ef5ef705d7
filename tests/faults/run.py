"""One run: a stack of its own, servers on it, a load, faults one after the other, and the judgement."""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from api.tokens import issue
from klantbeeld.settings import load
from klantbeeld.token_key import token_key
from tests.faults import disks, judge
from tests.faults.catalogue import Fault, Scene
from tests.faults.ground import Ground
from tests.faults.judge import Verdict
from tests.faults.load import Load
from tests.faults.poison import Poisoner
from tests.faults.servers import Servers, free_port
from tests.faults.watch import TookTooLong, Watch
from tests.faults.worker import BUGS, ORDERS, Orders

PARTITIONS: Final = 6
PREFIX: Final = "faults."
RECOVERED_WITHIN: Final = 300.0
DRAINED_WITHIN: Final = 900.0
WORKERS: Final = {"timeline-1": "timeline", "timeline-2": "timeline", "search-1": "search"}
LAST_LINES: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`bugs`: the share of batches in which a processor fails. `settle`: wait after each fault until all is caught up."""

    faults: Sequence[Fault]
    events: int
    seed: int
    rate: float = 100.0
    bugs: float = 0.03
    seconds: float = 3600.0
    servers: int = 2
    settle: bool = True


@dataclass(slots=True)
class Injected:
    """One fault and what followed; seconds from its end. `caught_up` is None when nobody waited for it."""

    name: str
    visible: float
    caught_up: float | None
    lost: int
    doubled: int


@dataclass(slots=True)
class Outcome:
    """What a run brought to light. `not_run` names faults that this machine does not allow, with the reason."""

    plan: Plan
    injected: list[Injected] = field(default_factory=list)
    bugs: int = 0
    events: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    not_run: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Take in what another run found."""
        self.injected += other.injected
        self.bugs += other.bugs
        self.events += other.events
        self.seconds += other.seconds
        self.verdict.lost += other.verdict.lost
        self.verdict.doubled += other.verdict.doubled
        self.verdict.problems += other.verdict.problems
        self.answers += other.answers


def ran(ground: Ground, folder: Path, plan: Plan) -> Outcome:
    """Run the plan on a stack that is up. `folder` takes what the servers write."""
    outcome = Outcome(plan)
    began = time.monotonic()
    with _servers(ground, folder, plan) as servers, _watch(ground, servers) as watch:
        token = _token(servers)
        ports = [port for server in servers.named("serve") if (port := server.port)]
        sent = Load(plan.seed, plan.rate, lambda: ports, token)
        poisoner = Poisoner(ground.bootstrap, f"{PREFIX}events", PARTITIONS)
        orders = Orders(Path(servers.environment[ORDERS]))
        scene = Scene(ground, servers, sent, watch, poisoner, orders, random.Random(plan.seed))
        try:
            _run(scene, outcome)
        except TookTooLong as late:
            outcome.verdict.problems.append(str(late))
            _say(_last_words(servers))
        outcome.verdict.problems.extend(scene.problems)
        outcome.bugs, outcome.answers, outcome.events = orders.bugs(), sent.answers, sent.given
    outcome.seconds = time.monotonic() - began
    return outcome


def _run(scene: Scene, outcome: Outcome) -> None:
    plan, load = outcome.plan, scene.load
    load.start()
    began = datetime.now(UTC)
    scene.watch.until_visible(began, RECOVERED_WITHIN)
    until = time.monotonic() + plan.seconds
    checked = 0
    for number, fault in enumerate(plan.faults, start=1):
        if time.monotonic() > until:
            outcome.verdict.problems.append(f"out of time after {number - 1} of {len(plan.faults)} faults")
            break
        time.sleep(scene.random.uniform(0, 1))
        injected, checked = _inject(scene, fault, checked, settle=plan.settle)
        outcome.injected.append(injected)
        _say(f"{number:4} {told(injected)}; {load.given:,} events")
    load.finish(plan.events)
    scene.watch.until("every event accepted", lambda: load.ended, DRAINED_WITHIN)
    scene.watch.until_caught_up(datetime.now(UTC) + timedelta(seconds=1), DRAINED_WITHIN)
    _say(f"{load.given:,} events accepted and processed; judging")
    accepted = load.accepted_by_now()
    scene.servers.stop_keeping()
    found = judge.judged(scene.servers.environment, accepted, load.given, plan.seed, scene.poisoner.places)
    found.problems[:0] = [*outcome.verdict.problems, *(f"refused: {one}" for one in load.refused[:5])]
    outcome.verdict = found


def _inject(scene: Scene, fault: Fault, checked: int, *, settle: bool) -> tuple[Injected, int]:
    """Do it, wait until it is over, look what it did to the events that were accepted by then."""
    fault.run(scene)
    ended = datetime.now(UTC)
    visible = scene.watch.until_visible(ended, RECOVERED_WITHIN)
    if not settle:
        return Injected(fault.name, visible, None, 0, 0), checked
    accepted = scene.load.accepted_by_now(checked)
    caught_up = visible + scene.watch.until_caught_up(datetime.now(UTC), RECOVERED_WITHIN)
    counts = [(0, 0)]

    def sound() -> list[str]:
        counts[0] = judge.count(judge.entries_of(scene.ground.database_url, accepted), accepted)
        return scene.watch.out_of_balance()

    scene.problems.extend(f"{fault.name}: {one}" for one in scene.watch.settle([sound], RECOVERED_WITHIN))
    return Injected(fault.name, visible, caught_up, *counts[0]), checked + len(accepted)


def told(one: Injected) -> str:
    caught_up = "" if one.caught_up is None else f", caught up after {one.caught_up:.1f} s"
    harm = f"  LOST {one.lost} DOUBLED {one.doubled}" if one.lost or one.doubled else ""
    return f"{one.name}: visible after {one.visible:.1f} s{caught_up}{harm}"


@contextmanager
def own_folder(folder: Path | None = None) -> Iterator[Path]:
    """This folder, or a new one, that the stack's users can pass through; gone afterwards."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="kb-faults-", dir="/var/tmp"))
    folder.mkdir(exist_ok=True, parents=True)
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_ground(folder: Path, parts: Sequence[str]) -> Iterator[Ground]:
    ground = Ground(folder / "stack", parts)
    try:
        ground.up()
        yield ground
    finally:
        ground.down()


@contextmanager
def small_ground(folder: Path) -> Iterator[Ground]:
    """A stack on disks that can be filled."""
    ground = Ground(folder / "stack")
    with disks.mounted(ground.folder) as ground.disks:
        try:
            ground.up()
            yield ground
        finally:
            for part in ground.parts:
                ground.kill(part)
    ground.down()


@contextmanager
def _servers(ground: Ground, folder: Path, plan: Plan) -> Iterator[Servers]:
    orders = folder / "orders"
    orders.mkdir(exist_ok=True)
    settings = {
        **ground.settings,
        "KLANTBEELD_TOPIC_PREFIX": PREFIX,
        "KLANTBEELD_PARTITIONS": str(PARTITIONS),
        "KLANTBEELD_DATA_DIR": str(folder / "data"),
        BUGS: str(plan.bugs),
        ORDERS: str(orders),
    }
    with Servers(folder, settings) as servers:
        ports: list[int] = []
        for number in range(1, plan.servers + 1):
            ports.append(free_port(ports))
            serve = ("klantbeeld", "serve", "--port", str(ports[-1]))
            servers.add(f"serve-{number}", *serve, port=ports[-1])
        for name, processor in WORKERS.items():
            servers.add(name, "tests.faults.work", processor)
        servers.add("duties-1", "klantbeeld", "work", "duties")
        yield servers


@contextmanager
def _watch(ground: Ground, servers: Servers) -> Iterator[Watch]:
    def give_up() -> None:
        if servers.halted:
            raise TookTooLong(f"halted: {', '.join(servers.halted)}")

    with Watch(ground.database_url, ground.bootstrap, f"{PREFIX}events", PARTITIONS, give_up) as watch:
        yield watch


def _token(servers: Servers) -> str:
    settings = load(
        {name: value for name, value in servers.environment.items() if name.startswith("KLANTBEELD_")}
    )
    now = datetime.now(UTC)
    return issue(token_key(settings), role="connector", name="faults", now=now, days=2, attests=True)


def _last_words(servers: Servers) -> str:
    return "\n".join(
        f"--- {name}\n" + "\n".join(server.said().splitlines()[-LAST_LINES:])
        for name, server in servers.all.items()
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
