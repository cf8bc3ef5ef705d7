"""Likely-same customers on a running installation, in both modes: they appear, people decide, and nothing that dies, comes
twice or is rebuilt meanwhile brings back what was decided or loses what was not.
"""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import psutil
import pytest

from tests.e2e.commands import Command, ask, command, run
from tests.e2e.modes import Mode, Settings, is_running, processes_on, workers
from tests.waiting import until

BATCH: Final = "application/cloudevents-batch+json"
TOKEN_KEY: Final = "a token key for tests of 32 bytes"
QUEUE: Final = "/v1/identity/conflicts?kind=suggestion&limit=7"
PATIENCE: Final = 120.0
Pair = frozenset[str]

pytestmark = pytest.mark.timeout(420)


@dataclass
class Running:
    """An installation at work, with whoever keeps its suggestions: two workers, or the server itself."""

    mode: Mode
    settings: Settings
    tokens: dict[str, str] = field(default_factory=dict)
    server: Command | None = None
    duties: list[Command] = field(default_factory=list)

    def start(self, stack: ExitStack) -> None:
        self.server = stack.enter_context(command("serve", "--port", "0", **self.settings))
        self.server.until_said("listening on")
        if self.mode.distributed:
            self.duties = [stack.enter_context(workers(self.settings, "duties"))["duties"] for _ in range(2)]

    def ask(self, path: str, body: Any = None, role: str = "lead", kind: str = "application/json") -> Any:
        assert self.server
        url = self.server.err.split("listening on ")[1].split()[0]
        raw = None if body is None else json.dumps(body).encode()
        status, told = ask(f"{url}{path}", self.tokens[role], raw, kind)
        assert status in (200, 201, 202), told
        return told

    def tell(self, twins: Sequence[int]) -> None:
        events = [event for number in twins for event in told_twice(number)]
        Random(1).shuffle(events)
        assert self.ask("/v1/events", events, "connector", BATCH)["rejected"] == 0

    def queue(self) -> dict[Pair, dict[str, Any]]:
        """Every open suggestion by its numbers."""
        return {_pair_of(one): one for page in self.pages() for one in page}

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """The queue from its beginning to its end. No two customers stand twice on one page."""
        cursor = ""
        while True:
            page = self.ask(QUEUE + cursor)
            assert len(set(map(_customers_of, page["items"]))) == len(page["items"])
            yield page["items"]
            if not page["next_cursor"]:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def until_open(self, numbers: Sequence[int]) -> None:
        """These and no others, each once: one that is weighed anew between two pages may stand on both."""
        wanted = sorted(map(sorted, map(pair, numbers)))
        found: list[dict[str, Any]] = []

        def is_as_wanted() -> bool:
            found[:] = (one for page in self.pages() for one in page)
            pairs, customers = sorted(sorted(_pair_of(one)) for one in found), set(map(_customers_of, found))
            return pairs == wanted and len(customers) == len(pairs)

        until(is_as_wanted, PATIENCE, lambda: f"{len(found)} of {len(wanted)}")

    def decide(self, number: int, word: str) -> None:
        item = self.queue()[pair(number)]
        (link_id,) = (each["link_id"] for each in item["actions"] if each["action"] == word)
        self.ask(f"/v1/identity/{word}s", {"link_id": link_id, "reason": "Asked her"})

    def kill_who_suggests(self) -> None:
        """At once and without a word: both workers with what they run, or the server with its database."""
        doomed = [one.process for one in self.duties] or [self.server.process] if self.server else []
        family = [each for one in doomed for each in _with_children(one.pid)]
        for each in family:
            if is_running(each):
                os.kill(each.pid, signal.SIGKILL)
        until(lambda: not any(map(is_running, family)))

    def command(self, *words: str) -> Any:
        done = run(*words, "--json", **self.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def _with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _pair_of(one: dict[str, Any]) -> Pair:
    return frozenset(end["value"] for end in one["identifiers"])


def _customers_of(one: dict[str, Any]) -> frozenset[str]:
    return frozenset(side["customer_id"] for side in one["customers"])


def pair(number: int) -> Pair:
    return frozenset((f"A-{number}", f"B-{number}"))


def told_twice(number: int) -> Iterator[dict[str, Any]]:
    """One invented person under two customer numbers, the second time with a typing error."""
    chance = Random(number)
    given, family, city = (word(chance) for _ in range(3))
    born = f"{chance.randrange(1930, 2005)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    for side, name in (("A", given), ("B", given + "e")):
        yield {
            "specversion": "1.0",
            "id": f"{side}-{number}",
            "source": "/desk/suggestions",
            "type": "klantbeeld.customer.described",
            "time": "2026-01-05T10:00:00Z",
            "data": {
                "identifiers": [
                    {"type": "customer_number", "value": f"{side}-{number}", "strength": "verified"}
                ],
                "name": {"given": name, "family": family},
                "birth_date": born,
                "addresses": [{"street": f"{city}straat", "number": str(number % 90 + 1), "city": city}],
            },
        }


def word(chance: Random) -> str:
    syllables = (chance.choice("bdfghjklmnprstvwz") + chance.choice("aeiou") for _ in range(4))
    return "".join(syllables).capitalize()


@contextmanager
def at_work(mode: Mode) -> Iterator[Running]:
    settings = mode.new() | {"token_key": TOKEN_KEY}
    found = Running(mode, settings)
    for role in ("lead", "connector"):
        made = run("token", "--role", role, "--name", "Noor", **settings)
        found.tokens[role] = made.stdout.strip()
    with mode.working(settings):
        yield found


def test_what_people_decide_about_suggestions_outlives_kills_repeats_and_a_rebuild(mode: Mode) -> None:
    with at_work(mode) as desk:
        with ExitStack() as first:
            desk.start(first)
            desk.tell(range(40))
            desk.until_open(range(40))
            for number in range(5):
                desk.decide(number, "link")
            for number in range(5, 10):
                desk.decide(number, "unlink")
            desk.until_open(range(10, 40))
            desk.tell(range(40, 100))
            until(lambda: len(desk.queue()) > 30, PATIENCE)
            desk.kill_who_suggests()
        with ExitStack() as second:
            desk.start(second)
            desk.tell(range(30, 60))
            desk.until_open(range(10, 100))
            desk.tell(range(100, 130))
            assert desk.command("rebuild")["swapped"]
            desk.until_open(range(10, 130))
            desk.decide(10, "unlink")
            desk.decide(11, "link")
            assert desk.command("identity", "suggest")["people"] == 260
            desk.until_open(range(12, 130))
            assert desk.command("verify")["differences"] == []
    until(lambda: not processes_on(desk.settings))
