"""What tests see of an installation once everything in its log was processed. No test lives here."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from klantbeeld.bootstrap import System, opened
from klantbeeld.log.record import Record
from klantbeeld.settings import Settings, load
from projections.contents import content_digest
from tests.e2e.commands import PATIENCE
from tests.waiting import until


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`types` are the events in the log, each counted once; `entries` is how many of them the timeline holds."""

    digest: str
    types: Counter[str]
    entries: int
    dead: int


def settings_of(**settings: str) -> Settings:
    return load({f"KLANTBEELD_{name.upper()}": value for name, value in settings.items()})


@contextmanager
def system_on(**settings: str) -> Iterator[System]:
    with opened(settings_of(**settings)) as system:
        yield system


def until_processed(system: System, seconds: float = PATIENCE) -> None:
    """Wait until whoever works on this installation has processed all that is in its log."""
    ends = {partition: end for partition, end in system.log.ends().items() if end}
    until(
        lambda: all(system.reads.processed().get(partition, 0) >= end for partition, end in ends.items()),
        seconds,
        lambda: f"{system.reads.processed()} of {ends}",
    )


def look(**settings: str) -> Look:
    with system_on(**settings) as system:
        until_processed(system)
        return look_at(system)


def look_at(system: System) -> Look:
    with system.database.connection() as connection, connection.transaction():
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()
        dead = connection.execute("SELECT count(*) FROM kept.dead_letter").fetchone()
        assert entries
        assert dead
        return Look(
            digest=content_digest(connection),
            types=Counter({record.event_key: record.type for record in records(system)}.values()),
            entries=entries[0],
            dead=dead[0],
        )


def records(system: System) -> Iterator[Record]:
    """Everything in the log, by partition and position; it may give fewer at a time than asked for."""
    for partition, end in system.log.ends().items():
        position = 0
        while position < end:
            found = system.log.read(partition, position, end - position)
            position += len(found)
            yield from found
