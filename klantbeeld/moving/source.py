"""Where a log is moved from: the database of the settings, or the server that came along; and its own read models."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from klantbeeld.bootstrap import System, opened
from klantbeeld.log.postgres import moves
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.postgres.keys import KeyStoreRefused
from klantbeeld.log.postgres.log import PostgresLog
from klantbeeld.moving.refusals import MoveRefused
from klantbeeld.postgres_server import is_gone
from klantbeeld.settings import Settings
from klantbeeld.unmoved import left_in_database, left_in_folder, server_folder
from projections.contents import content_digest
from streams.runner import Runner

SERVER_STOPS_WITHIN = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An opened one. `folder`: the server that came along, where it lies there; else the target is the same database.

    While it is open nobody is erased in it. `connection` is for reading the log and for its end.
    """

    system: System
    log: PostgresLog
    log_id: str
    connection: Connection
    folder: Path | None

    @property
    def name(self) -> str:
        return str(self.folder) if self.folder else "the database of KLANTBEELD_DATABASE_URL"

    def end(self) -> int:
        return self.log.ends()[0]

    def digest(self) -> str | None:
        """The content digest of its read models, brought up to date; None where they are of another log by now."""
        if not self._reads_this_log():
            return None
        for processor in self.system.processors():
            Runner(self.system, processor).catch_up(self.end())
        with self.system.database.snapshot() as connection:
            return content_digest(connection)

    def _reads_this_log(self) -> bool:
        rows = self.connection.execute("SELECT DISTINCT log_id::text FROM checkpoint").fetchall()
        return {log_id for (log_id,) in rows} <= {self.log_id}


def left(settings: Settings) -> Sequence[Path | None]:
    """Which logs were not moved: None for the one in the database that the settings name."""
    found: list[Path | None] = [None] if left_in_database(settings) else []
    if left_in_folder(server_folder(settings)):
        found.append(server_folder(settings))
    return found


@contextmanager
def opened_source(settings: Settings, folder: Path | None) -> Iterator[Source]:
    """Raises `MoveRefused`."""
    own = replace(settings, kafka_bootstrap=None, elasticsearch_url=None)
    if folder:
        own = replace(own, database_url=None)
        if not is_gone(folder, SERVER_STOPS_WITHIN):
            raise MoveRefused("source_in_use", f"another klantbeeld works on {folder}: stop it first")
    with ExitStack() as stack:
        system = stack.enter_context(_opened(own, folder))
        connection = stack.enter_context(system.database.dedicated())
        moves.hold_off_erasures(connection)
        assert isinstance(system.log, PostgresLog)
        yield Source(
            system=system, log=system.log, log_id=system.log.log_id(), connection=connection, folder=folder
        )


@contextmanager
def _opened(own: Settings, folder: Path | None) -> Iterator[System]:
    with ExitStack() as stack:
        try:
            system = stack.enter_context(opened(own))
        except KeyStoreRefused:
            where = folder.parent / "master.key" if folder else None
            raise MoveRefused(
                KeyStoreRefused.code,
                f"the keys in {folder} are wrapped by another master key: set KLANTBEELD_MASTER_KEY to the one of that "
                f"installation, which lies in {where} unless it was set"
                if folder
                else str(KeyStoreRefused.__doc__),
            ) from None
        yield system
