"""What tests see of an installation that nobody works on at the moment. No test lives here."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from klantbeeld.bootstrap import System, opened
from klantbeeld.settings import Settings, load
from projections.contents import content_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`types` are the events in the log; `entries` is how many of them the timeline holds."""

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


def look(**settings: str) -> Look:
    with (
        system_on(**settings) as system,
        system.database.connection() as connection,
        connection.transaction(),
    ):
        end = system.log.ends()[0]
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()
        dead = connection.execute("SELECT count(*) FROM kept.dead_letter").fetchone()
        assert entries
        assert dead
        return Look(
            digest=content_digest(connection),
            types=Counter(record.type for record in system.log.read(0, 0, end)),
            entries=entries[0],
            dead=dead[0],
        )
