"""The only wiring: settings in, a working system out. Nothing else makes connections or chooses adapters."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from klantbeeld.domain.identity import Rules, default_rules
from klantbeeld.ingest.accept import Ingest
from klantbeeld.log.kafka.spool import Waiting
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.database import Database, migrate
from klantbeeld.log.postgres.keys import PostgresKeyStore, open_names
from klantbeeld.log.postgres.log import PostgresLog
from klantbeeld.log.sealing import Names, derived
from klantbeeld.postgres_server import is_kept, let_server_pass, running
from klantbeeld.settings import Settings, master_key
from klantbeeld.signal import Signal
from klantbeeld.token_key import token_key
from klantbeeld.unmoved import DATABASE, forget_moved, refuse_of_demo, refuse_unmoved, server_folder
from projections import schema
from projections.entries import recorded
from projections.fence import Processor, reached
from projections.reading.cursors import Cursors
from projections.reading.reads import Reads
from projections.search.outside import Engine
from projections.search.postgres import PostgresSearch
from projections.search.processor import SearchProcessor
from projections.timeline import TimelineProcessor

if TYPE_CHECKING:
    from klantbeeld.log.kafka.log import KafkaLog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Everything wired together. `moved` is given whenever a processor of this process has moved on."""

    settings: Settings
    database: Database
    names: Names
    keys: PostgresKeyStore
    log: "PostgresLog | KafkaLog"
    ingest: Ingest
    rules: Rules
    token_key: bytes
    clock: Callable[[], datetime]
    reads: Reads
    search: Engine | type[PostgresSearch]
    moved: Signal
    watched: list[Callable[[], Sequence[str]]] = field(default_factory=list)

    def processors(self) -> list[Processor]:
        """Fresh processors, in the order in which each may rely on those before it."""
        sole = self.settings.kafka_bootstrap is None
        return [
            TimelineProcessor(self.names, self.keys, self.rules, sole=sole),
            SearchProcessor(self.search),
        ]

    def processor(self, name: str) -> Processor:
        """A fresh one of this name."""
        return next(one for one in self.processors() if one.name == name)

    def ready(self) -> Sequence[str]:
        """Names of the parts without which nothing can be served. Kafka is none: what comes in waits in the spool."""
        try:
            with self.database.connection() as connection:
                connection.execute("SELECT 1")
        except LogUnavailable:
            return ["postgresql"]
        return [name for failing in self.watched for name in failing()]

    def spooled(self) -> Waiting | None:
        """What was accepted and waits for Kafka; None where there is no Kafka. Raises `LogUnavailable`."""
        return None if isinstance(self.log, PostgresLog) else self.log.waiting()

    def watch(self, failing: Callable[[], Sequence[str]]) -> None:
        """Let `ready` ask something else that was started beside this: it names what cannot serve now."""
        self.watched.append(failing)

    def database_lost(self) -> bool:
        """Whether the database that came along is gone and nobody will start it again."""
        return self.settings.embedded and not is_kept(server_folder(self.settings))


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def opened(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    pool: int = 12,
    unsafe: bool = False,
    moving: bool = False,
    renew: bool = False,
) -> Iterator[System]:
    """The system on these settings; everything it started is released at the end. `unsafe`: no fsync, for data
    that is thrown away. `moving`: for `klantbeeld move`, which alone may work beside a log that was not moved.

    `renew`: empty read models of another version also where other machines may work on them. Raises `LogNotMoved`,
    `DatabaseOfDemo`, `OtherVersion`.
    """
    with ExitStack() as stack:
        database = Database(_conninfo(settings, stack, unsafe), size=pool)
        stack.callback(database.close)
        _connect(database)
        refuse_of_demo(settings)
        if not moving:
            refuse_unmoved(settings)
        migrate(database)
        schema.ensure(database, renew=renew or settings.embedded)
        yield _wired(settings, database, clock, stack)


def _connect(database: Database) -> None:
    try:
        database.open()
    except PoolTimeout:
        raise LogUnavailable(
            "the database cannot be reached: mend KLANTBEELD_DATABASE_URL, or start it"
        ) from None


def _conninfo(settings: Settings, stack: ExitStack, unsafe: bool) -> str:
    if settings.database_url:
        return settings.database_url
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    let_server_pass(settings.data_dir)
    forget_moved(server_folder(settings))
    server = stack.enter_context(running(server_folder(settings), fast_unsafe=unsafe))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            try:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                log.info("database_made_by_another_process")
    return server.url(DATABASE)


def _log(settings: Settings, database: Database, stack: ExitStack) -> "PostgresLog | KafkaLog":
    if settings.kafka_bootstrap is None:
        return PostgresLog(database)
    from klantbeeld.log.kafka.log import KafkaLog  # its libraries are an extra that others need not have

    found = KafkaLog(
        settings.kafka_bootstrap,
        settings.topic_prefix,
        settings.partitions,
        database,
        lambda keys: recorded(database, keys),
        reached=lambda: reached(database),
    )
    stack.callback(found.close)
    found.start()
    database.complete = found.horizon.complete
    return found


def _search(settings: Settings) -> Engine | type[PostgresSearch]:
    if settings.elasticsearch_url is None:
        return PostgresSearch
    from projections.search.elastic.engine import connect  # as above

    return connect(settings.elasticsearch_url, search_prefix(settings))


def search_prefix(settings: Settings) -> str:
    """What begins the names of this installation's indexes."""
    return f"{settings.topic_prefix.strip('._-').lower() or 'klantbeeld'}-"


def _wired(settings: Settings, database: Database, clock: Callable[[], datetime], stack: ExitStack) -> System:
    master = master_key(settings)
    names = open_names(database, master)
    keys = PostgresKeyStore(database, names, master)
    event_log = _log(settings, database, stack)
    search = _search(settings)
    moved = Signal()
    rules = default_rules()
    return System(
        settings=settings,
        database=database,
        names=names,
        keys=keys,
        log=event_log,
        ingest=Ingest(event_log, keys, names, clock, settings.region, settings.time_zone),
        rules=rules,
        token_key=token_key(settings),
        clock=clock,
        search=search,
        moved=moved,
        reads=Reads(
            database=database,
            names=names,
            keys=keys,
            log=event_log,
            rules=rules,
            moved=moved,
            cursors=Cursors(derived(master, "cursors")),
            clock=clock,
            outside=None if isinstance(search, type) else search.reader,
            resolve=event_log.resolve,
            ends=event_log.ends if isinstance(event_log, PostgresLog) else event_log.last_ends,
        ),
    )
