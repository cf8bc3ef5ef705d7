"""The search processor: follows the timeline, and writes anew what a batch of records may have changed.

It opens no record. What it writes follows from the read models as they stand, so doing it twice, late or for too much
changes nothing; it only must not run ahead of the timeline.
"""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.interactions import TOLD
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.record import Record
from klantbeeld.log.sql import load
from projections import touched
from projections.fence import Applied
from projections.opening import Poison
from projections.search.documents import documents
from projections.search.outside import Audit, Engine, Nowhere
from projections.search.port import Document, SearchIndex, SearchRejected

SQL = load(__package__, "queries.sql")
LOCK_SPACE: Final = 7_104
BUCKETS: Final = 256
CHUNK: Final = 2_000
STEP: Final = 2.0
"""Seconds of preparing between two looks at whether to go on."""

DESCRIBING: Final = frozenset({"customer.described", "consent.changed", "feedback.given"})
SILENT: Final = frozenset({"interaction.reacted", "interaction.delivery_changed"})
"""Types that a contact's document says nothing of."""


class AheadOfTimeline(Exception):
    """The records lie beyond the timeline's checkpoint: what follows from them is not there to read yet. Wait."""

    code = "ahead_of_timeline"


class SearchProcessor:
    """Fills the index that `index_for` gives for the batch's connection: PostgreSQL's own, or that of an `Engine`."""

    name = "search"

    def __init__(self, index_for: Callable[[Connection], SearchIndex] | Engine) -> None:
        self._index_for = index_for
        self._engine = index_for if isinstance(index_for, Engine) else None
        self._others = True
        self.forget()

    def be_alone(self) -> None:
        """Nobody else writes these documents: hold nothing, which others of the same names would wait for."""
        self._others = False

    def be_among_others(self) -> None:
        """Other workers write these documents too."""
        self._others = True

    def limit(self, connection: Connection, partition: int) -> int:
        """The position that the timeline has come to: only records below it may be applied. None may until there is an
        index. Call it outside a transaction; it may take some seconds then.
        """
        return limit(connection, partition) if self._is_prepared(connection) else 0

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        """Bring all documents up to date that these records may have changed. The records are of one partition, in a
        row. Raises `AheadOfTimeline`, `SearchRejected` for more than one record, and `SearchAway`.
        """
        partition, first, last = records[0].partition, records[0].position, records[-1].position
        if last >= limit(connection, partition):
            raise AheadOfTimeline(str(AheadOfTimeline.__doc__))
        index = self._index_for(connection)
        values = {"partition": partition, "first": first, "last": last}
        named = Named(connection.execute(SQL["entries_between"], values))
        moved = touched.take(connection, partition, first, last)
        new = named.tokens - named.described - moved
        things = named.things | moved | _conversations(connection, named.interactions | moved)
        try:
            unheld = new - index.present(sorted(new))
            _write(connection, index, things, named.described | moved, unheld, among_others=self._others)
        except SearchRejected as rejected:
            if len(records) > 1:
                raise
            codes = ", ".join(sorted(set(rejected.reasons.values())))
            return Applied(poison=(Poison(records[0], rejected.code, codes),))
        return Applied(stored=len(records))

    def undo(self) -> None:
        """Nothing that a batch taught is remembered."""

    def forget(self) -> None:
        """Nothing is remembered but that there is an index."""
        self._preparing: Iterator[None] | None = None
        self._prepared = self._engine is None

    def fill(self, connection: Connection) -> int:
        """Write the documents of everything there is, in transactions of their own; answers how many were written.

        For an empty index, much faster than a replay. Afterwards the checkpoint may be set to where the timeline stood
        before.
        """
        if isinstance(self._index_for(connection), Nowhere):
            return 0
        written = sum(fill(connection, self._index_for, among_others=self._others))
        if self._engine:
            self._engine.filled(connection, written)
        return written

    def given_out(self, connection: Connection, live: str) -> int:
        """The newest version of a document outside PostgreSQL; to be asked for before what `audit` compares it with."""
        return self._engine.given_out(connection, live) if self._engine else 0

    def audit(
        self, connection: Connection, live: str, given_out: int, only: Sequence[str] | None = None
    ) -> Audit:
        """Compare documents outside PostgreSQL, of the read models in the schema `live`, with what follows from those
        that the connection sees.
        """
        if self._engine is None:
            return Audit()
        return self._engine.audit(connection, live, given_out, _in_order(connection, only), only)

    def settle(self, connection: Connection, live: str) -> None:
        """After a replay: readers find what belongs to these read models, and nothing else is left."""
        if self._engine:
            self._engine.settle(connection, live)

    def _is_prepared(self, connection: Connection) -> bool:
        if not self._prepared and self._engine:
            self._preparing = self._preparing or self._engine.prepared(connection, fill)
            until = time.monotonic() + STEP
            for _ in self._preparing:
                if time.monotonic() > until:
                    return False
            self._prepared = True
        return self._prepared


class Named:
    """What the entries of a batch name. `described`: tokens whose profile an entry tells of; `interactions`: those that
    are not as they were recorded, in whatever conversations they stand.
    """

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.tokens: set[Token] = set()
        self.described: set[Token] = set()
        self.things: set[str] = set()
        self.interactions: set[str] = set()
        for type_, owner, tokens, interaction, conversation, order in rows:
            self.tokens.update(tokens)
            self.tokens.add(owner)
            if type_ in DESCRIBING:
                self.described.add(owner)
            family = type_.partition(".")[0]
            if conversation and family in ("interaction", "conversation") and type_ not in SILENT:
                self.things.add(conversation)
                if type_ in TOLD:
                    self.interactions.add(interaction)
            if order and family == "order":
                self.things.add(order)


def limit(connection: Connection, partition: int) -> int:
    row = connection.execute(SQL["limit"], {"partition": partition}).fetchone()
    return 0 if row is None else int(row[0])


def _conversations(connection: Connection, interactions: set[str]) -> set[str]:
    if not interactions:
        return set()
    rows = connection.execute(SQL["conversations_of"], {"ids": array_literal(sorted(interactions))})
    return {id_ for (id_,) in rows}


def fill(
    connection: Connection, index_for: Callable[[Connection], SearchIndex], *, among_others: bool = True
) -> Iterator[int]:
    """Write all documents there are, in portions, each in a transaction of its own; tells how many each held."""
    for query in ("all_tokens", "all_entities"):
        for ids in _chunks(connection, query):
            things, tokens = (ids, []) if query == "all_entities" else ([], ids)
            with connection.transaction():
                found, _ = _held(connection, things, tokens, among_others)
                index_for(connection).put(found)
            yield len(found)


def _write(
    connection: Connection,
    index: SearchIndex,
    things: set[str],
    tokens: set[Token],
    unheld: set[Token],
    *,
    among_others: bool,
) -> None:
    """Write the documents of these things and tokens as they stand, and delete those that stand no more. `unheld`: more
    tokens, of which the index holds none.
    """
    if not (things or tokens or unheld):
        return
    found, version = _held(connection, sorted(things), sorted(tokens | unheld), among_others)
    gone = (things | tokens) - {document.id for document in found}
    if gone:
        index.delete(sorted(gone), version)
    index.put(found)


def _held(
    connection: Connection, things: Sequence[str], tokens: Sequence[Token], among_others: bool
) -> tuple[list[Document], int]:
    """The documents as they stand, and their version. Until the end of the transaction nobody else writes them, so who
    reads later writes later, and under a higher version.
    """
    if among_others:
        buckets = sorted({int(id_[:2], 16) for id_ in (*things, *tokens)})
        connection.execute(SQL["lock_buckets"], {"space": LOCK_SPACE, "buckets": buckets})
    row = connection.execute(SQL["search_version"]).fetchone()
    assert row
    return list(documents(connection, things, tokens, row[0])), row[0]


def _in_order(connection: Connection, only: Sequence[str] | None) -> Iterator[Document]:
    """All documents there should be, or those of these ids, in the order of ids."""
    if only is not None:
        yield from sorted(documents(connection, only, only, 0), key=lambda one: one.id)
        return
    people = _by_id(connection, "all_tokens", things=False)
    yield from heapq.merge(people, _by_id(connection, "all_entities", things=True), key=lambda one: one.id)


def _by_id(connection: Connection, query: str, *, things: bool) -> Iterator[Document]:
    for ids in _chunks(connection, query):
        found = documents(connection, ids if things else [], [] if things else ids, 0)
        yield from sorted(found, key=lambda one: one.id)


def _chunks(connection: Connection, query: str) -> Iterator[list[str]]:
    after: str | None = None
    while rows := connection.execute(SQL[query], {"after": after, "limit": CHUNK}).fetchall():
        yield [row[0] for row in rows]
        after = rows[-1][0]
