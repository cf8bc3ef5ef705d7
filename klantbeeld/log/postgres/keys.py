"""The key store on PostgreSQL: tokens and data keys, cached while no erasure has happened."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection, Database, array_literal, bytes_literal, held_epoch
from klantbeeld.log.sealing import Names, SealBroken, new_key, new_token, seal, unseal
from klantbeeld.log.sql import load

_SQL = load(__package__, "queries.sql")
CACHED = 50_000
V = TypeVar("V")


class KeyStoreRefused(Exception):
    """The master key at hand is not the one this database was made with. Set KLANTBEELD_MASTER_KEY to that one."""

    code = "wrong_master_key"


def open_names(database: Database, master_key: bytes) -> Names:
    """The installation's keyed names; makes the index key at the first call. Raises `KeyStoreRefused`."""
    with database.transaction() as connection:
        wrapped = seal(master_key, new_key(), "index_key")
        connection.execute(_SQL["add_secret"], {"name": "index_key", "wrapped": wrapped})
        row = connection.execute(_SQL["secret"], {"name": "index_key"}).fetchone()
    assert row
    try:
        return Names(unseal(master_key, row[0], "index_key"))
    except SealBroken as error:
        raise KeyStoreRefused(str(KeyStoreRefused.__doc__)) from error


class Remembered(Generic[V]):
    """The most recently used entries of a mapping, at most `size` of them. Safe for threads."""

    def __init__(self, size: int) -> None:
        self._size, self._items, self._lock = size, OrderedDict[object, V](), Lock()

    def get(self, key: object) -> V | None:
        with self._lock:
            value = self._items.get(key)
            if value is not None:
                self._items.move_to_end(key)
            return value

    def put(self, key: object, value: V) -> None:
        with self._lock:
            self._items[key] = value
            if len(self._items) > self._size:
                self._items.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._items.clear()


class PostgresKeyStore:
    """Data keys lie wrapped by the master key and bound to their token."""

    def __init__(self, database: Database, names: Names, master_key: bytes) -> None:
        self._database, self._names, self._master_key = database, names, master_key
        self._tokens: Remembered[Token] = Remembered(CACHED)
        self._keys: Remembered[bytes] = Remembered(CACHED)
        self._epoch = -1
        self._remembering = Lock()

    def tokens(self, identifiers: Sequence[tuple[str, str]]) -> list[Token]:
        found = self._cached(identifiers)
        missing = {key for key in identifiers if key not in found}
        if missing:
            with self._database.transaction() as connection:
                epoch = self.hold(connection)
                made = self._make(connection, missing)
            self._remember(made, epoch)
            found.update(made)
        return [found[key] for key in identifiers]

    def find(self, identifiers: Sequence[tuple[str, str]]) -> list[Token | None]:
        found = self._cached(identifiers)
        missing = {self._names.identifier(*key): key for key in identifiers if key not in found}
        if missing:
            with self._database.transaction() as connection:
                epoch = self.hold(connection)
                stored = self._load(connection, missing)
            self._remember(stored, epoch)
            found.update(stored)
        return [found.get(key) for key in identifiers]

    def keys(self, tokens: Sequence[Token]) -> Mapping[Token, bytes | None]:
        found: dict[Token, bytes | None] = {}
        for token in tokens:
            key = self._keys.get(token)
            if key is not None:
                found[token] = key
        missing = [token for token in set(tokens) if token not in found]
        if missing:
            with self._database.transaction() as connection:
                self.hold(connection)
                for token, wrapped in connection.execute(_SQL["keys_of"], {"tokens": array_literal(missing)}):
                    found[token] = self._unwrapped(token, wrapped)
        return found

    def epoch(self, *, fresh: bool = False) -> int:
        if fresh or self._epoch < 0:
            with self._database.transaction() as connection:
                return self.hold(connection)
        return self._epoch

    def _cached(self, identifiers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Token]:
        pairs = ((key, self._tokens.get(key)) for key in identifiers)
        return {key: token for key, token in pairs if token is not None}

    def hold(self, connection: Connection) -> int:
        """Hold off erasures for this transaction; forget what was cached before the last one."""
        epoch = held_epoch(connection)
        with self._remembering:
            if epoch != self._epoch:
                self._tokens.clear()
                self._keys.clear()
                self._epoch = epoch
        return epoch

    def _remember(self, tokens: Mapping[tuple[str, str], Token], epoch: int) -> None:
        """After the commit: others would otherwise use a token before they see its key. None after an erasure."""
        with self._remembering:
            if epoch == self._epoch:
                for key, token in tokens.items():
                    self._tokens.put(key, token)

    def _make(self, connection: Connection, missing: set[tuple[str, str]]) -> dict[tuple[str, str], Token]:
        by_hash = {self._names.identifier(*key): key for key in missing}
        found = self._load(connection, by_hash)
        new = {hash_: new_token() for hash_, key in by_hash.items() if key not in found}
        if new:
            self._add(connection, new)
            found.update(self._load(connection, {hash_: by_hash[hash_] for hash_ in new}))
        return found

    def _add(self, connection: Connection, new: Mapping[bytes, Token]) -> None:
        wrapped = [seal(self._master_key, new_key(), token) for token in new.values()]
        values = {"tokens": list(new.values()), "hashes": list(new), "wrapped": wrapped}
        connection.execute(_SQL["add_tokens"], values)

    def _load(
        self, connection: Connection, by_hash: Mapping[bytes, tuple[str, str]]
    ) -> dict[tuple[str, str], Token]:
        rows = connection.execute(_SQL["tokens_of"], {"hashes": bytes_literal(by_hash)}).fetchall()
        return {by_hash[hash_]: token for hash_, token in rows}

    def _unwrapped(self, token: Token, wrapped: bytes | None) -> bytes | None:
        if wrapped is None:
            return None
        key = unseal(self._master_key, wrapped, token)
        self._keys.put(token, key)
        return key
