"""New evidence that can change nobody but the new identifiers it names: taken in without a walk over all the others.

A customer with thousands of orders gets one identifier more with each, and hears of each in several ways; without this
every order would cost a resolution of all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_exclusive
from klantbeeld.domain.identity.evidence import Evidence, Known, Order, is_claim
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.identity.sharing import Sharing

Neighbours = Callable[[Set[Token]], Mapping[Token, Collection[Token]]]
Disputed = Callable[[Collection[Token]], Set[Token]]


@dataclass(slots=True)
class Held:
    """One identifier as it is stored, or about to be."""

    known: Known
    head: Token | None
    sharing: Sharing = Sharing.no
    new: bool = False

    @property
    def shared(self) -> bool:
        return self.sharing.is_shared

    @property
    def is_contested(self) -> bool:
        return self.sharing is Sharing.contested


@dataclass(slots=True)
class Sprig:
    """New identifiers that new evidence connects with one another, and the known ones that they hang on."""

    tokens: list[Token]
    stems: set[Token] = field(default_factory=set)
    joints: list[Evidence] = field(default_factory=list)
    """The pairs of a new one with a known one."""

    @property
    def is_of_one_event(self) -> bool:
        return len({piece.order[:4] for piece in self.joints}) == 1


@dataclass(frozen=True, slots=True)
class Found:
    """`leaves`: for each the head of its customer, and when the first of those that came with it was seen. `inside`:
    pairs of two who are known to be one person.
    """

    leaves: Mapping[Token, tuple[Token, Order]]
    inside: Set[Evidence]


@dataclass(slots=True)
class Leaves:
    """Looks among new evidence for what changes no rule, brings no exclusive value and no first verified side.

    `held` knows every identifier that the evidence names. `neighbours` answers for known ones which others standing
    evidence joins directly to them, the new ones included; `disputed` which of these heads have conflicts.
    """

    held: Mapping[Token, Held]
    rules: Rules
    neighbours: Neighbours
    disputed: Disputed
    _by_token: dict[Token, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    _inside: set[Evidence] = field(default_factory=set)

    def among(self, news: Sequence[Evidence]) -> Found:
        """Leaves are new identifiers, alone or some that came together, whose only news are pairs with undisturbed
        members of one customer: nothing else in the component can come out differently for having them.

        More evidence within a customer of whom nothing is refused joins what is joined anyway, perhaps earlier. Where
        something is refused it could change for what reason, so then it is left to a walk.
        """
        for piece in news:
            self._by_token[piece.a].append(piece)
            if piece.a != piece.b:
                self._by_token[piece.b].append(piece)
        within = [piece for piece in news if self._is_within(piece)]
        sprigs = list(self._sprigs())
        disputed = self._disputed(within, sprigs)
        crowded = self._crowded(news)
        self._inside = {
            piece
            for piece in within
            if self.held[piece.a].head not in disputed and crowded.isdisjoint(piece.pair)
        }
        leaves: dict[Token, tuple[Token, Order]] = {}
        for sprig in sprigs:
            head = self._head_of(sprig)
            if head is None or not crowded.isdisjoint(sprig.stems) or not self._is_neutral(sprig):
                continue
            if len(sprig.stems) == 1 or sprig.is_of_one_event or head not in disputed:
                seen = min(piece.order for token in sprig.tokens for piece in self._sightings(token))
                leaves.update(dict.fromkeys(sprig.tokens, (head, seen)))
        return Found(leaves, self._inside)

    def _is_within(self, piece: Evidence) -> bool:
        a, b = self.held[piece.a], self.held[piece.b]
        if piece.kind != "evidence" or piece.a == piece.b or a.new or b.new:
            return False
        return a.head is not None and a.head == b.head

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
                        if not self._is_idle(piece, other):
                            sprig.stems.add(other)
                            sprig.joints.append(piece)
                    elif other not in done:
                        done.add(other)
                        sprig.tokens.append(other)
            if sprig.stems:
                yield sprig

    def _is_idle(self, piece: Evidence, stem: Token) -> bool:
        """Whether it is merely asserted of what stays contested: more evidence alone never ends that."""
        if not self.held[stem].is_contested or not is_claim(piece):
            return False
        return all(one.kind == "evidence" for one in self._by_token[stem])

    def _disputed(self, within: Sequence[Evidence], sprigs: Sequence[Sprig]) -> Set[Token]:
        heads = {self.held[piece.a].head for piece in within}
        heads |= {
            self.held[stem].head
            for sprig in sprigs
            if len(sprig.stems) > 1 and not sprig.is_of_one_event
            for stem in sprig.stems
        }
        asked = [head for head in heads if head is not None]
        return self.disputed(asked) if asked else set()

    def _head_of(self, sprig: Sprig) -> Token | None:
        """The one customer whose undisturbed members it hangs on."""
        heads = {self.held[stem].head for stem in sprig.stems}
        if len(heads) != 1 or any(self._is_disturbed(stem) for stem in sprig.stems):
            return None
        return heads.pop()

    def _is_disturbed(self, stem: Token) -> bool:
        """Whether there is news about it other than leaves and what is known anyway."""
        return any(
            piece not in self._inside
            and (piece.kind != "evidence" or not (self.held[piece.a].new or self.held[piece.b].new))
            for piece in self._by_token[stem]
        )

    def _is_neutral(self, sprig: Sprig) -> bool:
        return all(self._changes_nothing(token) for token in sprig.tokens)

    def _changes_nothing(self, token: Token) -> bool:
        known, pieces = self.held[token].known, self._by_token[token]
        if known.junk or is_exclusive(known.type) or any(piece.kind != "evidence" for piece in pieces):
            return False
        sightings = self._sightings(token)
        if not sightings:
            return False
        if any(piece.strength is Strength.verified for piece in sightings) and not any(
            piece.strength is Strength.verified and not (self.held[piece.a].new and self.held[piece.b].new)
            for piece in pieces
        ):
            return False
        partners = {piece.b if piece.a == token else piece.a for piece in pieces} - {token}
        return not self.rules.is_shared(known.type, self._counts(partners))

    def _sightings(self, token: Token) -> list[Evidence]:
        return [piece for piece in self._by_token[token] if piece.a == piece.b]

    def _crowded(self, news: Sequence[Evidence]) -> set[Token]:
        """Known members of a customer that, with what is new, have more neighbours than one person would."""
        ends = {end for piece in news if piece.a != piece.b for end in self._counting(piece)}
        contested = {end for end in ends if self.held[end].is_contested}
        if ends == contested:
            return contested
        around = self.neighbours(ends - contested)
        return contested | {
            end
            for end in ends - contested
            if self.rules.is_shared(self.held[end].known.type, self._counts(around[end]))
        }

    def _counting(self, piece: Evidence) -> Iterator[Token]:
        """The known ends of a pair for which the rules count the other."""
        for end, other in (piece.pair, piece.pair[::-1]):
            held = self.held[end]
            if held.new or held.head is None or self._is_idle(piece, end):
                continue
            if self.rules.limit(held.known.type, self.held[other].known.type) is not None:
                yield end

    def _counts(self, tokens: Collection[Token]) -> Mapping[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for token in tokens:
            counts[self.held[token].known.type] += 1
        return counts
