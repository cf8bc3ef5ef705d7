"""Other rules over stored evidence: which identifiers they judge otherwise, and the components that this touches.

What is judged otherwise is found by few statements over all evidence; what follows from it is resolved in portions, so
that memory depends on the largest component, not on how many there are. Evidence stays as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import is_personal
from klantbeeld.domain.identity.junk import is_junk
from klantbeeld.domain.identity.resolution import Resolution
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sql import load
from projections.acquaintance import Acquaintance
from projections.identities import Identities

SQL = load(__package__, "rules.sql")
READ: Final = 5_000
PORTION: Final = 2_000
"""Identifiers whose components are resolved at once."""


@dataclass(frozen=True, slots=True)
class Rejudging:
    """One change of rules, inside one transaction in which nobody else writes identities. `writes`: else it is a trial,
    on a connection that sees what is judged otherwise in the place of what is stored.
    """

    connection: Connection
    before: Rules
    after: Rules
    writes: bool = True

    def prepare(self) -> None:
        """Make room for what is found."""
        self.connection.execute(SQL["workspace"], prepare=False)

    def judge(self) -> None:
        """Find what is junk and what is shared by the new rules and was not by the old, or the other way round."""
        junk_changes = self.before.junk != self.after.junk and self._judge_junk()
        if junk_changes and self.writes:
            self.connection.execute(SQL["write_junk"])
        types = {type_ for (type_,) in self.connection.execute(SQL["types"])}
        concerned = types if junk_changes else _limited_otherwise(types, self.before, self.after)
        if concerned:
            self._judge_shared(types, concerned)
        self.connection.execute(SQL["unsettle"], prepare=False)

    def settle(self) -> Iterator[tuple[Identities, Resolution]]:
        """Resolve whatever may come out differently, in portions; after each the caller has its turn with it."""
        while tokens := self._unsettled():
            identities = Identities(self.connection, self.after, Acquaintance())
            resolution = identities.resolved(tokens)
            if self.writes:
                identities.write(resolution)
            yield identities, resolution
            done = array_literal(tokens | resolution.head.keys())
            self.connection.execute(SQL["settled"], {"tokens": done})

    def rejudged_junk(self) -> list[Token]:
        """Identifiers that became junk or ceased to be."""
        return [token for (token,) in self.connection.execute(SQL["rejudged_junk"])]

    def _unsettled(self) -> set[Token]:
        rows = self.connection.execute(SQL["next_unsettled"], {"limit": PORTION})
        return {token for (token,) in rows}

    def _judge_junk(self) -> bool:
        extras, found = self.after.junk, False
        with self.connection.cursor(name="identifiers") as cursor:
            cursor.execute(SQL["all_identifiers"])
            while rows := cursor.fetchmany(READ):
                changed = [
                    (token, now)
                    for token, type_, value, was in rows
                    if (now := is_junk(type_, value, extras)) != was
                ]
                if changed:
                    found = True
                    tokens, junk = zip(*changed, strict=True)
                    self.connection.execute(SQL["rejudge_junk"], {"tokens": list(tokens), "junk": list(junk)})
        return found

    def _judge_shared(self, types: Iterable[str], concerned: Iterable[str]) -> None:
        limits = [
            (row, column, most)
            for row, column in product(sorted(concerned), sorted(types))
            if (most := self.after.limit(row, column)) is not None
        ]
        values = {
            "types": sorted(concerned),
            "rows": [row for row, _, _ in limits],
            "columns": [column for _, column, _ in limits],
            "most": [most for _, _, most in limits],
            "personal": [type_ for type_ in sorted(types) if is_personal(type_)],
        }
        self.connection.execute(SQL["rejudge_shared"], values)
        if self.writes:
            self.connection.execute(SQL["write_shared"])


def apply(connection: Connection, before: Rules, after: Rules) -> list[Token]:
    """Bring who is who in line with other rules; answers the identifiers whose search documents may change."""
    if before == after:
        return []
    rejudging = Rejudging(connection, before, after)
    rejudging.prepare()
    rejudging.judge()
    for _ in rejudging.settle():
        pass
    return rejudging.rejudged_junk()


def _limited_otherwise(types: Iterable[str], before: Rules, after: Rules) -> set[str]:
    types = sorted(types)
    return {
        row for row, column in product(types, types) if before.limit(row, column) != after.limit(row, column)
    }
