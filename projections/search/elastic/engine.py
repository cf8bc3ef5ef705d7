"""Which index belongs to which read models: made, filled, named by the alias, removed."""

import logging
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from elasticsearch import ApiError
from psycopg import sql

from klantbeeld.log.postgres.database import REPLAY_LOCK, Connection
from klantbeeld.log.sql import load
from projections import schema
from projections.search.elastic import auditing
from projections.search.elastic.client import Client, connected
from projections.search.elastic.index import ElasticSearchIndex
from projections.search.elastic.shape import template
from projections.search.elastic.writer import ElasticWriter
from projections.search.outside import Audit, Fill, Nowhere, Unfilled
from projections.search.port import Document, SearchAway, SearchIndex, SearchIndexMissing
from projections.search.processor import BUCKETS, LOCK_SPACE

SQL = load("projections.search", "queries.sql")
DEFAULT_PREFIX: Final = "klantbeeld-"
HURRIED: Final = {"refresh_interval": "-1", "auto_expand_replicas": False, "number_of_replicas": 0}
SWEEP_EVERY: Final = 3_600.0
"""Seconds between two looks for old tombstones."""
PAUSE: Final = 0.2
OUTRANKS: Final = 500
MAKING: Final = BUCKETS
"""The lock beyond those of documents."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ElasticEngine:
    """Elasticsearch as the search engine of one installation, which alone uses names with this prefix.

    `PREFIXsearch` is the alias for readers, `PREFIXsearch-vN` an index, and `PREFIXwrite-vN` an alias that leads to it and
    to nothing else: what is written to an index that is gone must not make one anew.
    """

    client: Client
    prefix: str = DEFAULT_PREFIX
    reader: ElasticSearchIndex = field(init=False)
    _aliased: str | None = None
    _swept_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.reader = ElasticSearchIndex(self.client, self._alias)

    def __call__(self, connection: Connection) -> SearchIndex:
        """Raises `SearchIndexMissing`, for which `prepared` is the mend."""
        seen, index, written = self._generation(connection)
        if seen == schema.CHECK:
            return Nowhere()
        if index is None:
            if written:
                raise SearchIndexMissing(str(SearchIndexMissing.__doc__))
            index = self._make(connection, hurried=seen == schema.NEXT)
        if seen != schema.NEXT and self._aliased != index:
            self._point_at(index)
        self._sweep(index)
        return ElasticWriter(self._index(index), connection)

    def prepared(self, connection: Connection, fill: Fill) -> Iterator[None]:
        while not self._is_prepared(connection):
            row = connection.execute(SQL["try_alone"], {"lock": REPLAY_LOCK}).fetchone()
            if row is None or not row[0]:
                time.sleep(PAUSE)
                yield  # another worker or a rebuild does it
                continue
            try:
                if self._is_prepared(connection):
                    return
                yield from self._made_anew(connection, fill)
            finally:
                if not connection.closed:
                    connection.execute(SQL["let_others"], {"lock": REPLAY_LOCK})

    def _made_anew(self, connection: Connection, fill: Fill) -> Iterator[None]:
        name = self._make(connection, hurried=True, keep=False)
        log.info("search_index_filling", extra={"index": name})
        index, written = self._index(name), 0
        for count in fill(connection, lambda inside: ElasticWriter(index, inside)):
            written += count
            yield
        self._finish(name, written)
        connection.execute(SQL["clear_documents"])
        connection.execute(SQL["keep_generation"], {"index": name})
        self.settle(connection, schema.LIVE)

    def filled(self, connection: Connection, count: int) -> None:
        _, index, _ = self._generation(connection)
        if index is not None:
            self._finish(index, count)

    def given_out(self, connection: Connection, live: str) -> int:
        query = sql.SQL(SQL["given_out"]).format(live=sql.Identifier(live))
        row = connection.execute(query).fetchone()
        assert row
        return int(row[0])

    def audit(
        self,
        connection: Connection,
        live: str,
        given_out: int,
        expected: Iterable[Document],
        only: Sequence[str] | None = None,
    ) -> Audit:
        name = self._generation_of(connection, live)
        index = self._index(name) if name and self._there(name) else None
        pairs = auditing.pairs(index, expected, only)
        return auditing.judged(pairs, given_out, lambda: self.given_out(connection, live))

    def settle(self, connection: Connection, live: str) -> None:
        name = self._generation_of(connection, live)
        if name is None:
            return
        self._point_at(name)
        for other in self._indexes():
            if other != name:
                self.client.insist(lambda library, other=other: library.indices.delete(index=other))  # type: ignore[misc]

    @property
    def _alias(self) -> str:
        return f"{self.prefix}search"

    def _index(self, name: str) -> ElasticSearchIndex:
        return ElasticSearchIndex(self.client, self._write_alias(name))

    def _write_alias(self, name: str) -> str:
        return f"{self.prefix}write-v{self._number(name)}"

    def _number(self, name: str) -> int:
        return int(name.removeprefix(f"{self._alias}-v"))

    def _generation(self, connection: Connection) -> tuple[str, str | None, bool]:
        row = connection.execute(SQL["generation"]).fetchone()
        assert row
        seen, index, written = row
        return (seen, index, written) if self._is_ours(index) else (seen, None, True)

    def _is_ours(self, index: str | None) -> bool:
        """One with another prefix is of other settings: for these it is as good as gone."""
        return index is None or index.startswith(f"{self._alias}-v")

    def _generation_of(self, connection: Connection, live: str) -> str | None:
        query = sql.SQL(SQL["generation_of"]).format(live=sql.Identifier(live))
        row = connection.execute(query).fetchone()
        return row[0] if row and self._is_ours(row[0]) else None

    def _is_prepared(self, connection: Connection) -> bool:
        """An index that should be there and is not is as good as none."""
        _, index, written = self._generation(connection)
        if index is None:
            return not written
        if not self._there(index):
            return False
        self._point_at(index)
        return True

    def _there(self, index: str) -> bool:
        alias = self._write_alias(index)
        found = self.client.ask(lambda library: library.indices.exists_alias(name=alias, index=f"{index}*"))
        return bool(found)

    def _make(self, connection: Connection, *, hurried: bool, keep: bool = True) -> str:
        """An empty index of the next number. `keep`: for the read models that the connection sees."""
        with connection.transaction():
            connection.execute(SQL["lock_buckets"], {"space": LOCK_SPACE, "buckets": [MAKING]})
            known = self._generation(connection)[1] if keep else None
            if known is not None:
                return known
            number = 1 + max(map(self._number, self._indexes()), default=0)
            name = f"{self._alias}-v{number}"
            self._create(name, hurried=hurried)
            if keep:
                connection.execute(SQL["keep_generation"], {"index": name})
        return name

    def _create(self, name: str, *, hurried: bool) -> None:
        shape = template(dutch=self._knows_dutch())
        self.client.insist(
            lambda library: library.indices.put_index_template(
                name=self._alias, index_patterns=[f"{self._alias}-v*"], template=shape, priority=OUTRANKS
            )
        )
        self.client.insist(
            lambda library: library.indices.create(
                index=name, settings=HURRIED if hurried else None, aliases={self._write_alias(name): {}}
            )
        )

    def _knows_dutch(self) -> bool:
        try:
            self.client.library.indices.analyze(analyzer="dutch", text="de")
        except ApiError as error:
            if error.status_code < 500:
                return False
        except Exception:
            raise SearchAway(str(SearchAway.__doc__)) from None
        return True

    def _finish(self, name: str, count: int) -> None:
        """Make it what the template says, and count. Raises `Unfilled`."""
        settings = {key: value for key, value in template(dutch=False)["settings"].items() if key in HURRIED}
        self.client.insist(lambda library: library.indices.put_settings(index=name, settings=settings))
        if (held := self._index(name).size()) != count:
            raise Unfilled(f"{Unfilled.__doc__} ({held} of {count})")

    def _indexes(self) -> list[str]:
        pattern = re.compile(rf"{re.escape(self._alias)}-v\d+")
        found = self.client.ask(
            lambda library: library.indices.get(index=f"{self._alias}-v*", features="aliases")
        )
        return [name for name in found if pattern.fullmatch(name)]

    def _point_at(self, name: str) -> None:
        """One step for the alias, so that every search finds an index, and one only."""
        actions: list[dict[str, Any]] = [
            {"remove": {"index": f"{self._alias}-v*", "alias": self._alias, "must_exist": False}},
            {"add": {"index": name, "alias": self._alias}},
        ]
        self.client.insist(lambda library: library.indices.update_aliases(actions=actions))
        self._aliased = name

    def _sweep(self, index: str) -> None:
        if time.monotonic() - self._swept_at > SWEEP_EVERY:
            self._swept_at = time.monotonic()
            try:
                self._index(index).sweep()
            except SearchAway:
                log.warning("tombstones_not_swept")


def connect(url: str, prefix: str = DEFAULT_PREFIX) -> ElasticEngine:
    """The engine at this URL. Nothing is asked of it yet."""
    return ElasticEngine(connected(url), prefix)
