"""Identity's share of what an event costs: the log replayed by the real processor and by one that leaves identity out.

Run by itself (`python -m tests.bench.identity.share`), on the installation of the settings. The two take turns, each as
often first as second, into empty read models beside the live ones; the ratios are of neighbours.
"""

import gc
import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any
from unittest import mock

from klantbeeld.bootstrap import System, opened
from klantbeeld.settings import load
from projections import schema, timeline
from projections.fence import Processor
from projections.rebuild import chase, tidy
from projections.replay import Replica
from projections.timeline import TimelineProcessor
from tests.bench.effort import seconds_of

ROUNDS = 4


class Nobody:
    """In the place of `Identities`: takes whatever it is told and concludes nothing."""

    def __init__(self, *_given: object, **_named: object) -> None:
        pass

    def __getattr__(self, _name: str) -> Any:
        return lambda *_given, **_named: []


class WithoutIdentity(TimelineProcessor):
    """The timeline processor, save that nobody is found out to be anybody. For this benchmark alone."""

    def _take(self, *given: Any) -> int:
        with mock.patch.object(timeline, "Identities", Nobody):
            return super()._take(*given)


def compared(system: System) -> dict[str, Any]:
    rounds: list[dict[str, dict[str, float]]] = []
    _replayed(system, _real(system))
    for number in range(ROUNDS):
        ways = {"with": _real, "without": _bare}
        order = list(ways) if number % 2 == 0 else list(reversed(ways))
        rounds.append({way: _replayed(system, ways[way](system)) for way in order})
    return {
        "events": int(rounds[0]["with"]["events"]),
        "with_events_per_s": round(median(one["with"]["events_per_s"] for one in rounds), 1),
        "without_events_per_s": round(median(one["without"]["events_per_s"] for one in rounds), 1),
        "rate_cost": round(median(1 - _ratio(one, "events_per_s") for one in rounds), 4),
        "cpu_cost": round(median(1 - 1 / _ratio(one, "cpu_us") for one in rounds), 4),
        "rounds": rounds,
    }


def _ratio(one: dict[str, dict[str, float]], of: str) -> float:
    return one["with"][of] / one["without"][of]


def _real(system: System) -> Sequence[Processor]:
    return system.processors()


def _bare(system: System) -> Sequence[Processor]:
    real = system.processors()
    bare = WithoutIdentity(system.names, system.keys, system.rules, sole=True)
    return [bare if one.name == bare.name else one for one in real]


def _replayed(system: System, processors: Sequence[Processor]) -> dict[str, float]:
    """Processor time of this process and of its database backend, in microseconds an event."""
    connection = system.database.dedicated(schema.NEXT)
    replica = Replica(connection, system.log, system.keys, processors, schema.NEXT)
    backend = connection.info.backend_pid
    try:
        replica.make()
        gc.collect()
        began, cpu = time.perf_counter(), time.process_time() + seconds_of(backend)
        events = chase(replica, system.database.read_schema)
        took, cpu = time.perf_counter() - began, time.process_time() + seconds_of(backend) - cpu
    finally:
        tidy(replica, system.database.read_schema)
        connection.close()
    return {
        "events": events,
        "events_per_s": round(events / took, 1),
        "cpu_us": round(cpu / events * 1e6, 1),
    }


def main() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with opened(load(), pool=4) as system:
        print(json.dumps(compared(system)))


if __name__ == "__main__":
    main()
