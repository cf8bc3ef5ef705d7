"""The search processor: follows the timeline, and writes anew what a batch of records may have changed.

It opens no record. What it writes follows from the read models as they stand, so doing it twice, late or for too much
changes nothing; it only must not run ahead of the timeline.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.interactions import TOLD
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.record import Record
from klantbeeld.log.sql import load
from projections import touched
from projections.fence import Applied
from projections.search.documents import documents
from projections.search.port import SearchIndex

SQL = load(__package__, "queries.sql")
LOCK_SPACE: Final = 7_104
BUCKETS: Final = 256
CHUNK: Final = 2_000

DESCRIBING: Final = frozenset({"customer.described", "consent.changed", "feedback.given"})
SILENT: Final = frozenset({"interaction.reacted", "interaction.delivery_changed"})
"""Types that a contact's document says nothing of."""


class AheadOfTimeline(Exception):
    """The records lie beyond the timeline's checkpoint: what follows from them is not there to read yet. Wait."""

    code = "ahead_of_timeline"


class SearchProcessor:
    """Fills the index that `index_for` gives for the batch's connection."""

    name = "search"

    def __init__(self, index_for: Callable[[Connection], SearchIndex]) -> None:
        self._index_for = index_for

    def limit(self, connection: Connection, partition: int) -> int:
        """The position that the timeline has come to: only records below it may be applied."""
        return limit(connection, partition)

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        """Bring all documents up to date that these records may have changed. The records are of one partition, in a
        row. Raises `AheadOfTimeline`.
        """
        partition, first, last = records[0].partition, records[0].position, records[-1].position
        if last >= limit(connection, partition):
            raise AheadOfTimeline(str(AheadOfTimeline.__doc__))
        index = self._index_for(connection)
        values = {"partition": partition, "first": first, "last": last}
        named = Named(connection.execute(SQL["entries_between"], values))
        moved = touched.take(connection, partition, first, last)
        new = named.tokens - named.described
        tokens = named.described | moved | (new - index.present(sorted(new)))
        things = named.things | moved | _conversations(connection, named.interactions | moved)
        _write(connection, index, sorted(things), sorted(tokens))
        return Applied(stored=len(records))

    def undo(self) -> None:
        """Nothing is remembered between batches."""

    def forget(self) -> None:
        """Nothing is remembered between batches."""

    def fill(self, connection: Connection) -> int:
        """Write the documents of everything there is, in transactions of their own; answers how many things were read.

        For an empty index, much faster than a replay. Afterwards the checkpoint may be set to where the timeline stood
        before.
        """
        seen = 0
        for tokens in _chunks(connection, "all_tokens"):
            seen += len(tokens)
            with connection.transaction():
                _write(connection, self._index_for(connection), [], tokens)
        for ids in _chunks(connection, "all_entities"):
            seen += len(ids)
            with connection.transaction():
                _write(connection, self._index_for(connection), ids, [])
        return seen


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


def _write(connection: Connection, index: SearchIndex, ids: Sequence[str], tokens: Sequence[Token]) -> None:
    """Write the documents of these ids as they stand, and delete those that stand no more.

    Two workers that hold news of one document read and write it one after the other, the later with a higher version.
    """
    asked = {*ids, *tokens}
    if not asked:
        return
    buckets = sorted({int(id_[:2], 16) for id_ in asked})
    connection.execute(SQL["lock_buckets"], {"space": LOCK_SPACE, "buckets": buckets})
    row = connection.execute(SQL["search_version"]).fetchone()
    assert row
    found = list(documents(connection, ids, tokens, row[0]))
    index.put(found)
    gone = asked - {document.id for document in found}
    if gone:
        index.delete(sorted(gone), row[0])


def _chunks(connection: Connection, query: str) -> Iterator[list[str]]:
    after: str | None = None
    while rows := connection.execute(SQL[query], {"after": after, "limit": CHUNK}).fetchall():
        yield [row[0] for row in rows]
        after = rows[-1][0]
