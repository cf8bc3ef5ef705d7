"""New identifiers that can only be leaves of one known customer: they join without a walk over all the others.

A customer with thousands of orders gets one identifier more with each; without this every order would cost a resolution
of all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_exclusive
from klantbeeld.domain.identity.evidence import Evidence, Known, Order
from klantbeeld.domain.identity.rules import Rules


@dataclass(slots=True)
class Held:
    """One identifier as it is stored, or about to be."""

    known: Known
    head: Token | None
    shared: bool
    new: bool = False


@dataclass(frozen=True, slots=True)
class Leaves:
    """Looks for leaves among new evidence. `held` knows every identifier that the evidence names."""

    held: Mapping[Token, Held]
    rules: Rules

    def among(self, news: Sequence[Evidence]) -> dict[Token, tuple[Token, Order]]:
        """New identifiers whose only news are pairs with undisturbed members of one customer, and that change no rule.

        Nothing else in the customer's component can come out differently for having such a leaf: it brings no exclusive
        value, no first verified side, and no neighbour that is counted against a limit.
        """
        by_token: dict[Token, list[Evidence]] = defaultdict(list)
        for piece in news:
            for token in set(piece.pair):
                by_token[token].append(piece)
        disturbed = {t for t, pieces in by_token.items() if any(not self._with_new(t, one) for one in pieces)}
        found = {}
        for token, pieces in by_token.items():
            if self.held[token].new and (leaf := self._leaf(token, pieces, disturbed)):
                found[token] = leaf
        return found

    def _with_new(self, token: Token, piece: Evidence) -> bool:
        other = piece.b if piece.a == token else piece.a
        return piece.kind == "evidence" and other != token and self.held[other].new

    def _leaf(
        self, token: Token, pieces: Sequence[Evidence], disturbed: Set[Token]
    ) -> tuple[Token, Order] | None:
        known = self.held[token].known
        sightings = [piece for piece in pieces if piece.a == piece.b]
        pairs = [piece for piece in pieces if piece.a != piece.b]
        partners = [piece.b if piece.a == token else piece.a for piece in pairs]
        heads = {self.held[partner].head for partner in partners}
        if known.junk or is_exclusive(known.type) or len(heads) != 1 or not sightings:
            return None
        if any(piece.kind != "evidence" for piece in pieces) or not disturbed.isdisjoint(partners):
            return None
        verified = any(piece.strength is Strength.verified for piece in sightings)
        if verified and not any(piece.strength is Strength.verified for piece in pairs):
            return None
        if not self._uncounted(known, set(partners)):
            return None
        head = heads.pop()
        return None if head is None else (head, min(piece.order for piece in sightings))

    def _uncounted(self, known: Known, partners: Set[Token]) -> bool:
        counts: dict[str, int] = defaultdict(int)
        for partner in partners:
            other = self.held[partner]
            counts[other.known.type] += 1
            if other.new or other.known.junk or self.rules.limit(other.known.type, known.type) is not None:
                return False
        return not self.rules.is_shared(known.type, counts)
