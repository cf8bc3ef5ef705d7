"""New identifiers that can only be leaves of one known customer: they join without a walk over all the others.

A customer with thousands of orders gets one identifier more with each; without this every order would cost a resolution
of all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_exclusive
from klantbeeld.domain.identity.evidence import Evidence, Known, Order
from klantbeeld.domain.identity.rules import Rules

Neighbours = Callable[[Set[Token]], Mapping[Token, Set[Token]]]


@dataclass(slots=True)
class Held:
    """One identifier as it is stored, or about to be."""

    known: Known
    head: Token | None
    shared: bool
    new: bool = False


@dataclass(slots=True)
class Sprig:
    """New identifiers that new evidence connects with one another, and the known ones that they hang on."""

    tokens: list[Token]
    stems: set[Token] = field(default_factory=set)
    seen: Order | None = None
    head: Token | None = None


@dataclass(slots=True)
class Leaves:
    """Looks for leaves among new evidence. `held` knows every identifier that the evidence names; `neighbours` answers
    for known identifiers which others standing evidence joins directly to them, the new ones included.
    """

    held: Mapping[Token, Held]
    rules: Rules
    neighbours: Neighbours
    _by_token: dict[Token, list[Evidence]] = field(default_factory=lambda: defaultdict(list))

    def among(self, news: Sequence[Evidence]) -> dict[Token, tuple[Token, Order]]:
        """For each leaf the head of its customer, and when the first of those that came with it was seen.

        Leaves are new identifiers, alone or some that came together, whose only news are pairs with undisturbed members
        of one customer, and that change no rule: nothing else in the customer's component can come out differently for
        having them. They bring no exclusive value, no first verified side, and nobody has a neighbour too many for them.
        """
        for piece in news:
            self._by_token[piece.a].append(piece)
            if piece.a != piece.b:
                self._by_token[piece.b].append(piece)
        sprigs = [one for one in self._sprigs() if self._hangs(one)]
        crowded = self._crowded({stem for one in sprigs for stem in self._counting(one)})
        return {
            token: (one.head, one.seen)
            for one in sprigs
            if one.head and one.seen and crowded.isdisjoint(one.stems)
            for token in one.tokens
        }

    def _sprigs(self) -> Iterator[Sprig]:
        done: set[Token] = set()
        for token in self._by_token:
            if token in done or not self.held[token].new:
                continue
            done.add(token)
            sprig = Sprig([token])
            for grown in sprig.tokens:
                for piece in self._by_token[grown]:
                    other = piece.b if piece.a == grown else piece.a
                    if not self.held[other].new:
                        sprig.stems.add(other)
                    elif other not in done:
                        done.add(other)
                        sprig.tokens.append(other)
            yield sprig

    def _hangs(self, sprig: Sprig) -> bool:
        """Whether all of it hangs on one customer and brings nothing that would change anybody else."""
        heads = {self.held[stem].head for stem in sprig.stems}
        if len(heads) != 1 or any(self._is_disturbed(stem) for stem in sprig.stems):
            return False
        (sprig.head,) = heads
        if sprig.head is None or not all(self._is_neutral(token) for token in sprig.tokens):
            return False
        pieces = [piece for token in sprig.tokens for piece in self._by_token[token]]
        sightings = [piece.order for piece in pieces if piece.a == piece.b]
        sprig.seen = min(sightings)
        return len(sprig.stems) == 1 or len({piece.order[:4] for piece in pieces if piece.a != piece.b}) == 1

    def _is_disturbed(self, stem: Token) -> bool:
        """Whether there is news about it other than its leaves."""
        return any(
            piece.kind != "evidence" or not (self.held[piece.a].new or self.held[piece.b].new)
            for piece in self._by_token[stem]
        )

    def _is_neutral(self, token: Token) -> bool:
        known, pieces = self.held[token].known, self._by_token[token]
        if known.junk or is_exclusive(known.type) or any(piece.kind != "evidence" for piece in pieces):
            return False
        sightings = [piece for piece in pieces if piece.a == piece.b]
        if not sightings:
            return False
        partners = {piece.b if piece.a == token else piece.a for piece in pieces} - {token}
        if any(piece.strength is Strength.verified for piece in sightings) and not any(
            piece.strength is Strength.verified and piece.a != piece.b and self._is_with_stem(piece)
            for piece in pieces
        ):
            return False
        return not self.rules.is_shared(known.type, self._counts(partners))

    def _is_with_stem(self, piece: Evidence) -> bool:
        return not (self.held[piece.a].new and self.held[piece.b].new)

    def _counting(self, sprig: Sprig) -> Iterator[Token]:
        """The stems for which the rules count what hangs on them now."""
        for stem in sprig.stems:
            type_ = self.held[stem].known.type
            others = {self.held[token].known.type for token in sprig.tokens}
            if any(self.rules.limit(type_, other) is not None for other in others):
                yield stem

    def _crowded(self, stems: Set[Token]) -> set[Token]:
        """Those that have more neighbours than one person would."""
        if not stems:
            return set()
        around = self.neighbours(stems)
        return {
            stem
            for stem in stems
            if self.rules.is_shared(self.held[stem].known.type, self._counts(around[stem]))
        }

    def _counts(self, tokens: Set[Token]) -> Mapping[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for token in tokens:
            counts[self.held[token].known.type] += 1
        return counts
