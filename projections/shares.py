"""One replay by several processes: each takes a share of the log, and all fill one schema, as several workers would.

Where the log has partitions a share is some of them. A log of one partition is shared by owner: then each share counts
what it did at a checkpoint of its own, and at the end all are counted together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import psycopg

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import EventLog
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.fence import Processor
from projections.standing import Place

SQL = load(__package__, "replay.sql")
WORTHWHILE: Final = 20_000
"""Records: fewer are done before the processes have started."""
FIRST_SLOT: Final = 32_000
"""A partition beyond those of any log: here the checkpoints of slices stand for the time being."""
Aside = Mapping[Place, Mapping[int, EventKey]]


Progress = Callable[[int, int], None]
"""Told records done and records to do."""


class OneLog(EventLog, Protocol):
    def log_id(self) -> str: ...


@runtime_checkable
class Sliced(Protocol):
    """A log of one partition that can be read in slices; all events of one owner lie in the same."""

    def slice(self, number: int, of: int) -> OneLog: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one process takes: the records from `start` on and below `to`, or slice `number` of `of` of them."""

    schema: str
    log_id: str
    start: Mapping[Place, int]
    to: Mapping[Place, int]
    aside: Aside
    number: int
    of: int = 1

    @property
    def slot(self) -> int | None:
        return None if self.of == 1 else FIRST_SLOT + self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a share: `seen` records were read; `poison` and `records` as a `Replica` has them."""

    seen: int
    poison: Mapping[tuple[str, int, int], str]
    records: Mapping[int, int]


class Team(Protocol):
    """So many processes, each of which can take a share."""

    size: int

    def take(self, shares: Sequence[Share], progress: Callable[[int], None]) -> Sequence[Outcome]:
        """Blocks until all are done; `progress` is told how many records that are by now. Raises `ShareLost`."""


class Leading(Protocol):
    """A replica whose work may be shared."""

    connection: Connection
    log: OneLog
    schema: str
    log_id: str
    filled: bool
    team: Team | None
    positions: dict[Place, int]
    poison: dict[tuple[str, int, int], str]
    records: dict[int, int]

    @property
    def progress(self) -> Progress: ...

    @property
    def leaders(self) -> list[Processor]: ...


class ShareLost(Exception):
    """A process that took part in the replay ended before it was done; its messages say why. Nothing was changed."""

    code = "share_lost"


def together(replica: Leading, to: Mapping[Place, int], aside: Aside) -> int:
    """Let the replica's team do what lies below these positions, if it is worth its while; answers how many records were
    read.
    """
    leaders = {one.name for one in replica.leaders}
    wanted = {place: end for place, end in to.items() if place[0] in leaders}
    much = sum(_work(replica, place, end) for place, end in wanted.items())
    idle = replica.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    if replica.team is None or replica.filled or not idle or much < WORTHWHILE:
        return 0
    shares = _shares(replica, replica.team.size, wanted, aside)
    if len(shares) < 2:
        return 0
    done = sum(replica.positions.values())
    outcomes = replica.team.take(shares, lambda count: replica.progress(done + count, done + much))
    _gather(replica.connection, shares)
    replica.positions |= wanted
    for one in outcomes:
        replica.poison |= one.poison
        for partition, count in one.records.items():
            replica.records[partition] = max(replica.records.get(partition, 0), count)
    return sum(one.seen for one in outcomes)


def _shares(replica: Leading, size: int, to: Mapping[Place, int], aside: Aside) -> list[Share]:
    """How `size` processes divide it; fewer than two when it cannot be divided."""

    def share(number: int, places: Sequence[Place], of: int = 1) -> Share:
        return Share(
            schema=replica.schema,
            log_id=replica.log_id,
            start={place: replica.positions.get(place, 0) for place in places},
            to={place: to[place] for place in places},
            aside={place: aside[place] for place in places if place in aside},
            number=number,
            of=of,
        )

    places = [place for place, end in to.items() if _work(replica, place, end)]
    if isinstance(replica.log, Sliced):
        return [share(number, places, size) for number in range(size)]
    work: dict[int, int] = {}
    for place in places:
        work[place[1]] = work.get(place[1], 0) + _work(replica, place, to[place])
    partitions = sorted(work, key=lambda partition: -work[partition])
    dealt = [partitions[number::size] for number in range(min(size, len(partitions)))]
    return [share(n, [place for place in places if place[1] in own]) for n, own in enumerate(dealt)]


def _work(replica: Leading, place: Place, end: int) -> int:
    return max(end - replica.positions.get(place, 0), 0)


def _gather(connection: Connection, shares: Sequence[Share]) -> None:
    """Count what stands in slots to the partition that these are slices of."""
    first, slots = shares[0], [one.slot for one in shares]
    with connection.transaction():
        for (processor, partition), position in first.to.items() if first.slot is not None else ():
            values = {
                "processor": processor,
                "partition": partition,
                "position": position,
                "log_id": first.log_id,
                "slots": slots,
            }
            connection.execute(SQL["gather_slots"], values)
            connection.execute(SQL["clear_slots"], values)
