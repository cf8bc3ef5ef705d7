"""What the API asks about who is who: how we know, what a person's word would change, what is left to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from klantbeeld.domain.events.event import Identified, Token
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import Rules
from klantbeeld.log.postgres.database import Connection
from projections import ruling
from projections.reading import link_ids, linked, preview, proven, review
from projections.reading.customers import Found, Who, named, who_is
from projections.reading.freshness import freshness
from projections.reading.problems import Redirected
from projections.reading.reads import Reads
from projections.reading.shapes import Shapes
from projections.reading.supposing import Kind, Supposition, suppose

Pair = tuple[tuple[str, str], tuple[str, str]]
"""Type and normalised value of two identifiers."""
UNSEEN = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")
"""Stand in for the tokens of identifiers that nobody named yet: asking makes none."""


@dataclass(frozen=True, slots=True)
class IdentityReads:
    """Safe for threads, as `Reads` is."""

    reads: Reads

    def links(self, customer_id: str, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
        """How we know who this is. Raises `UnknownCustomer`, `Redirected`, `SharedIdentifier`, `BadCursor`."""
        reads = self.reads
        with reads.database.snapshot() as connection:
            who = who_is(connection, customer_id)
            found = linked.page(connection, reads.names, reads.cursors, who, cursor=cursor, limit=limit)
            return {
                **found,
                "identifiers": linked.identifiers(connection, who),
                "freshness": self._fresh(connection, who.tokens),
            }

    def conflicts(
        self, kinds: Sequence[review.Kind], *, cursor: str | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """What people have to decide. Raises `BadCursor`."""
        with self.reads.database.snapshot() as connection:
            found = review.page(connection, self.reads.cursors, kinds, cursor=cursor, limit=limit)
            return {**found, "freshness": self._fresh(connection, [])}

    def pair_of(self, link_id: str) -> Pair:
        """Raises `UnknownLink`."""
        with self.reads.database.snapshot() as connection:
            one, other = named(connection, link_ids.read(connection, link_id))
        return (one.type, one.value), (other.type, other.value)

    def link_id(self, pair: Pair) -> str | None:
        """None where one of the two was never seen."""
        one, other = self.reads.keys.find(pair)
        return link_ids.link_id(one, other) if one and other else None

    def suppose(self, kind: Kind, pair: Pair) -> Supposition:
        """What this word would change, said now."""
        with self.reads.database.snapshot() as connection:
            return self._suppose(connection, kind, self._identified(pair))

    def preview(self, kind: Kind, pair: Pair, language: str) -> tuple[Supposition, dict[str, Any]]:
        """The same, and what moves from whom to whom."""
        both = self._identified(pair)
        with self.reads.database.snapshot() as connection:
            found = self._suppose(connection, kind, both)
            shapes = Shapes(self.reads.names, self.reads.clock(), language=language)
            asked = [one.token for one in both]
            told = preview.told(connection, shapes, found, asked)
            return found, {**told, "freshness": self._fresh(connection, asked)}

    def who(self, customer_id: str) -> Who:
        """The customer whom this id leads to by now. Raises `UnknownCustomer`, `SharedIdentifier`."""
        try:
            return self.reads.who(customer_id)
        except Redirected as elsewhere:
            return self.reads.who(elsewhere.customer_id)

    def proven_part(self, found: Found) -> Who:
        """What somebody may be shown who has proven to own what was asked by. Raises `UnknownCustomer`."""
        assert found.who
        with self.reads.database.snapshot() as connection:
            return proven.proven_part(connection, found.who, found.asked)

    def _suppose(self, connection: Connection, kind: Kind, both: Sequence[Identified]) -> Supposition:
        return suppose(connection, self._rules(connection), kind, both, self.reads.clock())

    def _rules(self, connection: Connection) -> Rules:
        found = ruling.in_force(connection)
        return found.rules if found else self.reads.rules

    def _identified(self, pair: Pair) -> list[Identified]:
        tokens = self.reads.keys.find(pair)
        return [
            Identified(token or UNSEEN[place], type_, value, int(Strength.verified))
            for place, (token, (type_, value)) in enumerate(zip(tokens, pair, strict=True))
        ]

    def _fresh(self, connection: Connection, tokens: Sequence[Token]) -> dict[str, Any]:
        return freshness(connection, tokens, self.reads.silence.now(connection))
