"""People as they lie in the read models: read and described, those of late remembered."""

from collections.abc import Collection, Iterable

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.postgres.keys import Remembered
from klantbeeld.log.sql import load
from projections.entities import decoder
from projections.suggestions.descriptions import Description, describe
from projections.suggestions.hashing import Hashed

SQL = load(__package__, "queries.sql")
MOST_AROUND = 20
REMEMBERED = 20_000


class People:
    """`described` reads anew; `compared` remembers whom it has read, by what they were known as."""

    def __init__(self, hashed: Hashed) -> None:
        self._hashed = hashed
        self._remembered: Remembered[Description] = Remembered(REMEMBERED)

    def described(self, connection: Connection, tokens: Collection[Token]) -> dict[Token, Description]:
        """Those of these who are more than an identifier, as they stand now."""
        values = {"tokens": array_literal(tokens), "near": MOST_AROUND}
        found = {}
        for token, state, junk, around in connection.execute(SQL["people"], values):
            contacts = (tuple(one.split(" ", 1)) for one in around)
            one = None if junk else describe(decoder("profile").decode(state), contacts)
            if one is not None:
                found[token] = one
        return found

    def compared(self, connection: Connection, tokens: Collection[Token]) -> dict[Token, Description]:
        """As `described`, of those who are in the blocks."""
        rows = connection.execute(SQL["fingerprints"], {"tokens": array_literal(tokens)})
        marks: dict[Token, bytes] = dict(rows.fetchall())
        found = {token: one for token, one in self._known(marks.items()) if one}
        for token, one in self.described(connection, marks.keys() - found.keys()).items():
            found[token] = one
            if self._hashed.fingerprint(one) == marks[token]:
                self._remembered.put((token, marks[token]), one)
        return found

    def _known(self, marks: Iterable[tuple[Token, bytes]]) -> Iterable[tuple[Token, Description | None]]:
        return ((token, self._remembered.get((token, mark))) for token, mark in marks)
