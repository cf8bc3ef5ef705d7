"""Events on their way into the system under test, in batches of 1,000, and the time they take."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from tests.bench.installation import Installation
from tests.bench.workload import Workload

BATCH = 1000
PART = 20_000


@dataclass(frozen=True)
class Passage:
    """How long a number of events took, from the first byte sent to the last event readable."""

    events: int
    accepted_s: float
    visible_s: float
    position: str

    @property
    def rate(self) -> float:
        return self.events / self.visible_s


def batches(workload: Workload, events: int) -> list[tuple[bytes, int]]:
    """Bodies with the number of events in each, made before any clock runs."""
    made = workload.events(events)
    return [
        (b"[" + b",".join(some) + b"]", len(some)) for some in iter(lambda: list(islice(made, BATCH)), [])
    ]


def posted(system: Installation, bodies: Sequence[tuple[bytes, int]], workload: Workload) -> Passage:
    """One connection posts batch after batch, while those before are processed; then wait until all can be read."""
    with system.wire("connector") as sender, system.wire("agent") as reader:
        began = time.perf_counter()
        for body, events in bodies:
            position = sender.took(body, events)
        accepted = time.perf_counter() - began
        reader.until_visible(workload.mail(0), position)
        visible = time.perf_counter() - began
    return Passage(sum(events for _, events in bodies), accepted, visible, position)


def poured(system: Installation, workload: Workload, events: int) -> None:
    """Post events that nobody measures, a part at a time so that little of them lies in memory."""
    for start in range(0, events, PART):
        posted(system, batches(workload, min(PART, events - start)), workload)
