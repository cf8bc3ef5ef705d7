"""Which identifiers are shared or contested, kept up to date for what new evidence can change."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import Strength, is_personal
from klantbeeld.domain.identity.evidence import Evidence, Known, is_claim
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.identity.sharing import Sharing
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sql import load
from projections.evidence import apart, evidence_in, joins
from projections.leaves import Held

SQL: Final = load(__package__, "queries.sql")
Neighbours = Mapping[Token, Mapping[Token, Strength]]
MOST_SAMPLED: Final = 200
"""Pieces of a sample, of either direction, that are verified, and that are asserted."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of what is said of an identifier: all words of people, all that is verified unless it is `cut`, and some of
    what is asserted. `known`: the other ends' types, and whether they are junk.
    """

    evidence: Sequence[Evidence]
    known: Mapping[Token, tuple[str, bool]]
    cut: bool


def sampled(
    connection: Connection, news: Mapping[Token, Sequence[Evidence]], held: Mapping[Token, Known]
) -> Mapping[Token, Sample]:
    """A sample for each of these stored tokens, with the `news` of it. `held`: those that need not be read."""
    evidence = {token: list(pieces) for token, pieces in news.items()}
    known: dict[Token, tuple[str, bool]] = {}
    verified: Counter[tuple[Token, bool]] = Counter()
    values = {"tokens": array_literal(news), "most": MOST_SAMPLED}
    for token, type_, junk, *row in connection.execute(SQL["evidence_sample"], values):
        piece = evidence_in(row)
        evidence[token].append(piece)
        if piece.kind == "evidence" and piece.strength is Strength.verified:
            verified[token, piece.a == token] += 1
        if type_ is not None:
            known[piece.b if piece.a == token else piece.a] = type_, junk
    known |= {token: (one.type, one.junk) for token, one in held.items()}
    full = {token for (token, _), count in verified.items() if count >= MOST_SAMPLED}
    return {token: Sample(pieces, known, token in full) for token, pieces in evidence.items()}


@dataclass(slots=True)
class Judge:
    """Judges what is held by the rules. `fetch` answers all evidence that names these tokens, and holds both ends;
    `sample` some of it, and holds nothing.
    """

    held: Mapping[Token, Held]
    rules: Rules
    fetch: Callable[[Set[Token]], Sequence[Evidence]]
    sample: Callable[[Set[Token]], Mapping[Token, Sample]]
    contested: set[Token] = field(default_factory=set)
    """Those among what is held."""
    judged: set[Token] = field(default_factory=set)
    """Identifiers judged otherwise than they are stored."""

    def review(self, news: Sequence[Evidence], also: Set[Token]) -> set[Token]:
        """Bring sharing up to date with the news; answers every neighbour of a token that is judged otherwise, but for
        those of whom it is merely asserted before and after.
        """
        counted = {token for token in self._open(news) | also if not self.held[token].known.junk}
        ends = self._judged_by_sample(counted)
        evidence = self.fetch(counted) if counted else []
        around = self._around(evidence)
        return ends | {other for token in counted for other in self._judged(token, around[token], evidence)}

    def _judged_by_sample(self, counted: set[Token]) -> set[Token]:
        """Judge those among them of which a part of their evidence tells, and take them out. Whatever is above a limit
        stays so with more; so once everything verified is at hand, or too much of it, the rest makes no difference.
        """
        crowded = {token for token in counted if self._is_crowded(token)}
        ends: set[Token] = set()
        for token, one in self.sample(crowded).items() if crowded else ():
            sharing = self.rules.sharing(self.held[token].known.type, self._types(token, one))
            same = sharing is self.held[token].sharing
            if sharing is not Sharing.no and (not one.cut or (same and sharing is Sharing.proven)):
                counted.discard(token)
                if not same:
                    self._set(token, sharing)
                    ends.update(end for piece in one.evidence if not is_claim(piece) for end in piece.pair)
        return ends

    def _is_crowded(self, token: Token) -> bool:
        held = self.held[token]
        return held.sharing is not Sharing.no and not held.new

    def _types(self, token: Token, one: Sample) -> list[tuple[str, Strength]]:
        """Of each whom the sample joins to a token the type, and the strength of the best evidence."""
        void, best = apart(one.evidence), dict[Token, Strength]()
        for piece in one.evidence:
            if joins(piece) and piece.pair not in void:
                other = piece.b if piece.a == token else piece.a
                best[other] = max(piece.strength, best.get(other, piece.strength))
        return [
            (one.known[other][0], strength) for other, strength in best.items() if not one.known[other][1]
        ]

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
        self._set(token, sharing)
        return {end for piece in evidence if token in piece.pair for end in piece.pair}

    def _set(self, token: Token, sharing: Sharing) -> None:
        held = self.held[token]
        held.sharing = sharing
        if sharing is Sharing.contested:
            self.contested.add(token)
        else:
            self.contested.discard(token)
        if not held.new:
            self.judged.add(token)
