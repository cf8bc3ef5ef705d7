"""The balance of each partition: every record was stored, a duplicate, set aside, shredded, or is still to come."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from projections.replay import Replica
from projections.standing import Standing

Counts = tuple[int, int, int, int]
NOTHING: Counts = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """`position`: how far the timeline has come; `records`: how many the log was found to hold, `log_end` when whole.

    `balanced`: what was counted adds up to the position, and is what a replay counts.
    """

    partition: int
    log_end: int
    position: int
    records: int
    stored: int
    dead: int
    late: int
    shredded: int
    balanced: bool

    def told(self) -> dict[str, Any]:
        return asdict(self)


def balances(replica: Replica, live: Standing, ours: Standing) -> list[Partition]:
    """The timeline's, at the position at which the replica was brought level with it."""
    name = replica.leaders[0].name
    found = []
    for partition, end in sorted(replica.log.ends().items()):
        place = name, partition
        position, counts = live.positions.get(place, 0), live.counts.get(place, NOTHING)
        stored, late, dead, shredded = counts
        found.append(
            Partition(
                partition=partition,
                log_end=end,
                position=position,
                records=replica.records.get(partition, 0),
                stored=stored,
                dead=dead,
                late=late,
                shredded=shredded,
                balanced=sum(counts) == position <= end and counts == ours.counts.get(place, NOTHING),
            )
        )
    return found


def miscounted(
    replica: Replica, live: Standing, ours: Standing
) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Checkpoints that count otherwise than the replay does, as differences."""
    for one in replica.leaders:
        for partition in sorted(
            {p for name, p in live.positions.keys() | ours.positions.keys() if name == one.name}
        ):
            place = one.name, partition
            if place not in live.positions:
                yield "checkpoint", (partition,), "missing"
            elif live.counts[place] != ours.counts.get(place, NOTHING):
                yield "checkpoint", (partition,), "altered"
