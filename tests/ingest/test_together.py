"""Small calls of one moment are recorded as one, and nobody notices."""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from klantbeeld.ingest.accept import Ingest, Receipt
from klantbeeld.ingest.sender import Sender
from klantbeeld.ingest.together import AT_ONCE, Together
from klantbeeld.log.memory import MemoryKeyStore, MemoryLog
from klantbeeld.log.port import Claim, LogUnavailable, Outcome
from klantbeeld.log.record import Draft
from klantbeeld.log.sealing import Names
from tests.domain.building import BORIS, NOW, cloud
from tests.waiting import until

SENDER = Sender(name="test")
PATIENCE = 30


class Gate:
    """Work that stands still until it is let through, and remembers how much was brought at once."""

    def __init__(self, work: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        self._work, self._open = work, threading.Event()
        self.sizes: list[int] = []

    def __call__(self, items: Sequence[Any]) -> Sequence[Any]:
        self.sizes.append(len(items))
        assert self._open.wait(PATIENCE)
        return self._work(items)

    def open(self) -> None:
        self._open.set()


class GatedLog(MemoryLog):
    """A log whose appends stand still until they are let through."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.gate = Gate(lambda drafts: drafts)

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        self.gate(drafts)
        return super().append(drafts, epoch=epoch, claim=claim)


def ingest(log: MemoryLog) -> Ingest:
    names = Names(b"an index key for tests, 32 bytes")
    return Ingest(log, MemoryKeyStore(), names, lambda: NOW, "NL", "UTC")


def visit(n: int, page: str = "/") -> bytes:
    return json.dumps(cloud("visit.recorded", 1, BORIS, id=f"visit {n}", page=page)).encode()


def behind_a_gate(
    gate: Gate,
    together: Together[Any, Any],
    first: Sequence[Callable[[], Any]],
    rest: Sequence[Callable[[], Any]],
) -> list[Future[Any]]:
    """Every place is taken by the first calls when the others come; then all are let through."""
    with ThreadPoolExecutor(len(first) + len(rest)) as pool:
        calls = [pool.submit(call) for call in first]
        until(lambda: len(gate.sizes) == len(first))
        calls += [pool.submit(call) for call in rest]
        until(lambda: together.waiting == len(rest))
        gate.open()
    return calls[len(first) :]


def echo(items: Sequence[Any]) -> Sequence[Any]:
    if "bad" in items:
        raise ValueError("bad")
    if "away" in items:
        raise LogUnavailable("away")
    return [f"{item}!" for item in items]


def done(*brought: Sequence[str]) -> tuple[list[int], list[Future[Any]]]:
    gate = Gate(echo)
    together: Together[str, str] = Together(gate, everybodys=LogUnavailable)
    calls = behind_a_gate(
        gate,
        together,
        [lambda: together.do(["first"])] * AT_ONCE,
        [lambda own=own: together.do(own) for own in brought],  # type: ignore[misc]
    )
    return gate.sizes[AT_ONCE:], calls


def test_what_comes_while_every_place_is_taken_is_done_as_one_and_each_gets_its_own_answers() -> None:
    sizes, calls = done(["a", "b"], ["c"], ["d"])
    assert [list(call.result()) for call in calls] == [["a!", "b!"], ["c!"], ["d!"]]
    assert sizes == [4]


def test_what_one_brings_that_cannot_be_done_fails_for_that_one_alone() -> None:
    _, calls = done(["a"], ["bad"], ["c"])
    assert [list(calls[0].result()), list(calls[2].result())] == [["a!"], ["c!"]]
    with pytest.raises(ValueError, match="bad"):
        calls[1].result()


def test_an_outage_is_told_to_all_and_tried_once() -> None:
    sizes, calls = done(["a"], ["away"], ["c"])
    for call in calls:
        with pytest.raises(LogUnavailable):
            call.result()
    assert sizes == [3]


def test_events_of_several_small_calls_are_recorded_in_one_append_and_one_that_came_twice_once() -> None:
    log = GatedLog()
    system = ingest(log)

    def post(*raws: bytes) -> Callable[[], Receipt]:
        return lambda: system.accept(raws, SENDER)

    first = [post(visit(-n - 1)) for n in range(AT_ONCE)]
    rest = [post(visit(1), visit(2)), post(visit(3)), post(visit(3)), post(visit(3, "/other"))]
    receipts = [call.result() for call in behind_a_gate(log.gate, system.together, first, rest)]
    assert log.gate.sizes == [1] * AT_ONCE + [5]
    assert [result.status for result in receipts[0].results] == ["accepted", "accepted"]
    told = sorted((one.status, one.code or "") for receipt in receipts[1:] for one in receipt.results)
    assert told[0] == ("accepted", "")
    assert told[1:] in (
        [("duplicate", ""), ("duplicate", "differs")],
        [("duplicate", "differs"), ("duplicate", "differs")],
    )
    assert len(log.read(0, 0, 100)) == AT_ONCE + 3
