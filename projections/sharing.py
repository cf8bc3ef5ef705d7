"""Which identifiers are shared or contested, kept up to date for what new evidence can change."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_personal
from klantbeeld.domain.identity.evidence import Evidence, is_claim
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.identity.sharing import Sharing
from projections.evidence import apart, joins
from projections.leaves import Held

Neighbours = Mapping[Token, Mapping[Token, Strength]]


@dataclass(slots=True)
class Judge:
    """Judges what is held by the rules. `fetch` answers all evidence that names these tokens, and holds both ends."""

    held: Mapping[Token, Held]
    rules: Rules
    fetch: Callable[[Set[Token]], Sequence[Evidence]]
    contested: set[Token] = field(default_factory=set)
    """Those among what is held."""
    judged: set[Token] = field(default_factory=set)
    """Identifiers judged otherwise than they are stored."""

    def review(self, news: Sequence[Evidence], also: Set[Token]) -> set[Token]:
        """Bring sharing up to date with the news; answers every neighbour of a token that is judged otherwise."""
        counted = {token for token in self._open(news) | also if not self.held[token].known.junk}
        evidence = self.fetch(counted) if counted else []
        around = self._around(evidence)
        return {other for token in counted for other in self._judged(token, around[token], evidence)}

    def neighbours(self, tokens: Set[Token]) -> Neighbours:
        """Whom standing evidence joins directly to these, and how sure the best of it is."""
        return self._around(self.fetch(tokens))

    def joining(self, pieces: Sequence[Evidence]) -> Sequence[Evidence]:
        """Without what is merely asserted of contested identifiers: that joins nobody."""
        if not self.contested:
            return pieces
        return [one for one in pieces if not is_claim(one) or self.contested.isdisjoint(one.pair)]

    def is_blocked(self, token: Token) -> bool:
        """Whether it belongs to nobody, and is no way on."""
        held = self.held[token]
        return held.known.junk or held.shared

    def junk_in(self, pair: tuple[Token, Token]) -> bool:
        """Whether one of the two is junk."""
        return self.held[pair[0]].known.junk or self.held[pair[1]].known.junk

    def _open(self, news: Iterable[Evidence]) -> set[Token]:
        """Those that the news can make shared, or not shared."""
        found: set[Token] = set()
        for piece in news:
            if piece.kind != "evidence":
                found.update(piece.pair)
            elif piece.a != piece.b:
                if self._matters(piece, piece.a, piece.b):
                    found.add(piece.a)
                if self._matters(piece, piece.b, piece.a):
                    found.add(piece.b)
        return found

    def _matters(self, piece: Evidence, token: Token, other: Token) -> bool:
        """Without this whoever is joined to thousands would be counted again with each of them. What is shared or
        contested stays so, whatever more is asserted of it; verified evidence can change that.
        """
        held = self.held[token]
        if held.sharing is Sharing.no:
            return True
        if held.sharing is Sharing.proven or piece.strength is not Strength.verified:
            return False
        type_ = self.held[other].known.type
        if held.sharing is Sharing.claimed and is_personal(type_):
            return True
        return self.rules.limit(held.known.type, type_) is not None

    def _around(self, evidence: Iterable[Evidence]) -> Neighbours:
        around: dict[Token, dict[Token, Strength]] = defaultdict(dict)
        void = apart(evidence)
        for piece in evidence:
            if joins(piece) and piece.pair not in void and not self.junk_in(piece.pair):
                a, b, strength = piece.a, piece.b, piece.strength
                if strength is Strength.verified or b not in around[a]:
                    around[a][b] = around[b][a] = strength
        return around

    def _judged(
        self, token: Token, near: Mapping[Token, Strength], evidence: Iterable[Evidence]
    ) -> set[Token]:
        held = self.held[token]
        types = [(self.held[other].known.type, strength) for other, strength in near.items()]
        sharing = self.rules.sharing(held.known.type, types)
        if sharing is held.sharing:
            return set()
        held.sharing = sharing
        if sharing is Sharing.contested:
            self.contested.add(token)
        else:
            self.contested.discard(token)
        if not held.new:
            self.judged.add(token)
        return {end for piece in evidence if token in piece.pair for end in piece.pair}
