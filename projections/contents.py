"""The content digest of the read models: what an agent can see, item by item, in memory that does not grow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from klantbeeld.domain.digest import Digest, Name, customer_item, entity_item, entry_item, label
from klantbeeld.domain.events.event import Token
from klantbeeld.domain.profiles import ProfileState, display_name, merge_all
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.entities import decoder

SQL = load(__package__, "contents.sql")
FETCHED = 2_000
Row = Sequence[Any]


@dataclass(slots=True)
class _Owned:
    """What one customer has, or one identifier that belongs to nobody. `somebody`: it is a customer."""

    label: bytes
    somebody: bool
    entries: bool = False
    profiles: list[ProfileState] = field(default_factory=list)


def content_digest(connection: Connection) -> str:
    """The digest, in hexadecimal, of the schema that the connection's search path names.

    The same as `domain.digest.content_digest` of the picture of the same events. Call it inside a transaction that
    sees one snapshot.
    """
    identifiers = _Groups(_stream(connection, "identifiers"))
    entries, entities = _Groups(_stream(connection, "entries")), _Groups(_stream(connection, "entities"))
    digest = Digest()
    while heads := [one.head for one in (identifiers, entries, entities) if one.head is not None]:
        whose = min(heads)
        _add(digest, list(identifiers.take(whose)), entries.take(whose), entities.take(whose))
    return digest.hex()


def _add(digest: Digest, identifiers: list[Row], entries: Iterator[Row], entities: Iterator[Row]) -> None:
    owned = _Owned(
        label=label((type_, value) for _, _, type_, value in identifiers),
        somebody=any(row[1] for row in identifiers),
    )
    for _, source, id_, type_, occurred_at, sequence, data in entries:
        owned.entries = True
        digest.add(entry_item(owned.label, source, id_, type_, occurred_at, sequence, data.encode()))
    for row in entities:
        digest.add(_entity(owned, row))
    if owned.entries and owned.somebody:
        digest.add(customer_item(owned.label, display_name(merge_all(owned.profiles))))


def _entity(owned: _Owned, row: Row) -> int:
    _, kind, external_id, visible, text, *named = row
    state = decoder(kind).decode(text)
    if kind == "profile":
        owned.profiles.append(state)
    names: dict[Token, Name] = {token: (type_, value) for token, type_, value in (named[:3], named[3:])}
    return entity_item(owned.label, kind, external_id, visible, state, names.__getitem__)


class _Groups:
    """A stream of rows in the order of their first column, taken a value at a time."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next: Row | None = next(rows, None)

    @property
    def head(self) -> Token | None:
        return self._next[0] if self._next else None

    def take(self, whose: Token) -> Iterator[Row]:
        """The rows of this value, which must be read to the end before the next are taken."""
        while self._next is not None and self._next[0] == whose:
            row, self._next = self._next, next(self._rows, None)
            yield row


def _stream(connection: Connection, query: str) -> Iterator[Row]:
    cursor = connection.cursor(name=f"digest_{query}")
    cursor.itersize = FETCHED
    cursor.execute(SQL[query])
    yield from cursor
