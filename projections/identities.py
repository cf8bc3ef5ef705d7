"""Who is who: evidence as it comes in, and the clusters that follow from it, for the touched components only."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from klantbeeld.domain.events.event import Event, Identified, Token
from klantbeeld.domain.identity.components import expand
from klantbeeld.domain.identity.evidence import Evidence, Known, Order, frontier, is_dominated
from klantbeeld.domain.identity.junk import is_junk
from klantbeeld.domain.identity.resolution import Resolution, customer_id, resolve
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.identity.sharing import SHARINGS, Sharing
from klantbeeld.domain.testimony import JUDGEMENTS, named, testimony
from klantbeeld.log.postgres.database import Connection, array_literal, copied, copy_text
from klantbeeld.log.sql import load
from projections import conflicts
from projections.acquaintance import Acquaintance, Pair
from projections.evidence import evidence_in, line_of, told_anew
from projections.leaves import Held, Leaves
from projections.locking import Stopwatch
from projections.sharing import Judge, Sample, sampled

SQL = load(__package__, "queries.sql")
NULL: Final = "\\N"
CODES: Final = tuple(str(int(one)) for one in SHARINGS)
NEAR: Final = 2
"""Steps of a walk that most customers end within."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An identifier whose customer changed; None is nobody."""

    token: Token
    before: Token | None
    after: Token | None


@dataclass(slots=True)
class Identities:
    """The identity side of one batch, in one transaction."""

    connection: Connection
    rules: Rules
    acquaintance: Acquaintance
    among_others: bool = False
    """Whether other workers may write identities too: then what is read is held."""
    locks: Stopwatch = field(default_factory=Stopwatch)
    _held: dict[Token, Held] = field(default_factory=dict)
    _pieces: dict[Token, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    _fetched: dict[Token, list[Evidence]] = field(default_factory=dict)
    _proving: dict[Token, list[Evidence]] = field(default_factory=dict)
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self._judge = Judge(self._held, self.rules, self._fetch, self._sample)

    def take(self, events: Sequence[Event]) -> list[Moved]:
        """Store what the events say and resolve what that touches."""
        telling: list[Event] = []
        judging: list[Event] = []
        knows = self.acquaintance.knows
        for event in events:
            if event.pointed or event.type in JUDGEMENTS:
                judging.append(event)
            elif not knows(event):
                telling.append(event)
        telling += judging
        if not telling:
            return []
        self._hold(_identified(telling))
        said = [piece for event in telling for piece in testimony(event)]
        news = self._deciding(self._news(said))
        moved = self.settle(self._without_leaves(news))
        self.acquaintance.remember(said)
        return moved

    def reconsider(
        self, retold: Sequence[tuple[Event, Event]], restored: Iterable[Identified] = ()
    ) -> list[Moved]:
        """Corrections let stored events say something else: each as it was, and as it stands in the entries by now. What
        counted of the old is gathered anew. `restored`: identifiers of the new, which may be stored no more.
        """
        self.acquaintance.forget()
        self._fetched.clear()
        self._proving.clear()
        self._pieces.clear()
        lost = {piece for old, _ in retold for piece in testimony(old)}
        said = [piece for _, new in retold for piece in testimony(new)]
        tokens = {token for piece in (*lost, *said) for token in piece.pair}
        self._load(tokens)
        self._hold(restored)
        stored = self._stored({piece.pair for piece in lost})
        stale = {pair for pair, pieces in stored.items() if not lost.isdisjoint(pieces)}
        again = told_anew(self.connection, stale)
        self._replace(list(stale), again)
        news = self._deciding([*again, *self._news([one for one in said if one.pair not in stale])])
        moved = self.settle(news, also=tokens & self._held.keys())
        self.connection.execute(SQL["delete_unnamed"], {"tokens": list(tokens)})
        return moved

    def settle(self, news: Sequence[Evidence], also: Set[Token] = frozenset()) -> list[Moved]:
        """Resolve the components that these new pieces, or the tokens in `also`, touch; write what changed."""
        for piece in news:
            for token in set(piece.pair):
                self._pieces[token].append(piece)
        touched = self._judge.review(news, also) | also
        touched |= {token for piece in self._judge.joining(news) for token in piece.pair}
        touched |= {token for token, held in self._held.items() if held.new}
        return self.write(self.resolved(touched))

    def resolved(self, touched: Set[Token]) -> Resolution:
        """What follows for the components that these lie in; nothing is written."""
        self._load(touched)
        evidence = expand(touched, self._walking(), self._judge.is_blocked)
        self._load({token for piece in evidence for token in piece.pair})
        tokens = touched | {token for piece in evidence for token in piece.pair}
        known = {token: self._held[token].known for token in tokens}
        shared = {token for token in tokens if self._held[token].shared}
        return resolve(known, evidence, self.rules, shared, self._judge.contested)

    def held(self, token: Token) -> Held:
        """An identifier as it is stored, of those that were touched."""
        return self._held[token]

    def _deciding(self, news: Iterable[Evidence]) -> list[Evidence]:
        """Without pairs of which one end is junk: they are kept for other rules, and change nothing under these."""
        return [piece for piece in news if piece.a == piece.b or not self._judge.junk_in(piece.pair)]

    def _without_leaves(self, news: Sequence[Evidence]) -> list[Evidence]:
        """Give new identifiers that can only be leaves of one known customer that customer, without a walk; answers the
        news that may change somebody.
        """
        leaves = Leaves(self._held, self.rules, self._judge.neighbours, self._disputed)
        found = leaves.among(news)
        first = self._first_seen({head for head, _ in found.leaves.values()})
        lines, attached = [], set()
        for token, (head, seen) in found.leaves.items():
            if first.get(head) is not None and first[head] < seen:
                held = self._held[token]
                held.head, held.new = head, False
                lines.append(_identifier_line(token, held))
                attached.add(token)
        copy_text(self.connection.cursor(), SQL["copy_identifiers"], lines)
        return [piece for piece in news if piece not in found.inside and attached.isdisjoint(piece.pair)]

    def _disputed(self, heads: Collection[Token]) -> set[Token]:
        rows = self.connection.execute(conflicts.SQL["heads_with_conflicts"], {"heads": array_literal(heads)})
        return {head for (head,) in rows.fetchall()}

    def _first_seen(self, heads: Set[Token]) -> dict[Token, Order]:
        stored = self._stored({(head, head) for head in heads})
        return {a: min(piece.order for piece in pieces) for (a, _), pieces in stored.items() if pieces}

    def _hold(self, identified: Iterable[Identified]) -> None:
        wanted = {one.token: one for one in identified}
        self._load(set(wanted))
        for token, one in wanted.items():
            if token not in self._held:
                junk = is_junk(one.type, one.value, self.rules.junk)
                known = Known(token=token, type=one.type, value=one.value, junk=junk)
                self._held[token] = Held(known, None, new=True)

    def _load(self, tokens: Set[Token]) -> None:
        missing = [token for token in tokens if token not in self._held]
        if not missing:
            return
        query = SQL["lock_identifiers" if self.among_others else "identifiers"]
        with self.locks.running():
            rows = self.connection.execute(query, {"tokens": array_literal(missing)})
        for token, type_, value, head, sharing, junk in rows:
            known = Known(token=token, type=type_, value=value, junk=junk)
            self._held[token] = Held(known, head, SHARINGS[sharing])
            if sharing == Sharing.contested:
                self._judge.contested.add(token)

    def _news(self, said: Sequence[Evidence]) -> list[Evidence]:
        """Of all that was said what the stored evidence does not cover; written at once."""
        by_pair: dict[Pair, list[Evidence]] = defaultdict(list)
        for piece in said:
            by_pair[piece.a, piece.b].append(piece)
        stored = self._stored({pair for pair in by_pair if not self._is_new(pair)})
        news, stale = [], []
        for pair, pieces in by_pair.items():
            old = stored.get(pair, [])
            if not old and len(pieces) == 1:
                news += pieces
                continue
            if old and all(is_dominated(piece, old) for piece in pieces):
                continue
            best = frontier((*old, *pieces))
            added = [piece for piece in best if piece not in old]
            if len(best) - len(added) < len(old):
                stale.append(pair)
                news.extend(best)
            else:
                news.extend(added)
        self._replace(stale, news)
        return news

    def _is_new(self, pair: Pair) -> bool:
        return self._held[pair[0]].new or self._held[pair[1]].new

    def _stored(self, pairs: set[Pair]) -> dict[Pair, list[Evidence]]:
        found: dict[Pair, list[Evidence]] = defaultdict(list)
        if pairs:
            values = {"a": array_literal(a for a, _ in pairs), "b": array_literal(b for _, b in pairs)}
            for row in self.connection.execute(SQL["evidence_of_pairs"], values):
                piece = evidence_in(row)
                found[piece.pair].append(piece)
        return found

    def _replace(self, stale: Sequence[Pair], news: Iterable[Evidence]) -> None:
        if stale:
            values = {"a": [a for a, _ in stale], "b": [b for _, b in stale]}
            self.connection.execute(SQL["delete_evidence_of_pairs"], values)
        copy_text(self.connection.cursor(), SQL["copy_evidence"], map(line_of, news))

    def _walking(self) -> Callable[[set[Token]], Sequence[Evidence]]:
        """Fetches what may join, by levels; a walk that goes on is far enough for all the rest to be fetched at once."""
        levels = itertools.count()

        def fetch(level: set[Token]) -> Sequence[Evidence]:
            if next(levels) == NEAR:
                reachable = set(self._reachable(level))
                self._load(reachable)  # held first: another worker may be adding to their evidence
                self._fetch_joining(reachable)
            return self._fetch_joining(level)

        return fetch

    def _fetch_joining(self, tokens: Set[Token]) -> Sequence[Evidence]:
        """All evidence of these that may join; of contested ones no more than that is read."""
        contested = tokens & self._judge.contested
        return self._judge.joining([*self._fetch(tokens - contested), *self._fetch_proving(contested)])

    def _fetch_proving(self, tokens: Set[Token]) -> list[Evidence]:
        self._remember(tokens, self._proving, "evidence_proving")
        found = {p: None for t in tokens for p in (*self._proving.get(t, ()), *self._pieces.get(t, ()))}
        self._load({token for piece in found for token in piece.pair})
        return list(found)

    def _sample(self, tokens: Set[Token]) -> Mapping[Token, Sample]:
        known = {token: held.known for token, held in self._held.items()}
        return sampled(self.connection, {token: self._pieces.get(token, ()) for token in tokens}, known)

    def _reachable(self, tokens: Set[Token]) -> list[Token]:
        """All that stored evidence leads to from these, as sharedness was before this batch."""
        stored = [token for token in tokens if not self._held[token].new]
        found = self.connection.execute(SQL["reachable"], {"tokens": array_literal(stored)})
        return [token for (token,) in found.fetchall()]

    def _fetch(self, tokens: Set[Token]) -> list[Evidence]:
        """All evidence that names these tokens, stored or just come in; both ends are held afterwards."""
        self._remember(tokens, self._fetched, "evidence_of")
        found = {p: None for t in tokens for p in (*self._fetched.get(t, ()), *self._pieces.get(t, ()))}
        self._load({token for piece in found for token in piece.pair})
        return list(found)

    def _remember(self, tokens: Iterable[Token], into: dict[Token, list[Evidence]], query: str) -> None:
        """Have at hand what this query answers of these, as far as they are stored."""
        stored = (token for token in tokens if not (token in self._held and self._held[token].new))
        missing = [token for token in stored if token not in into]
        if not missing:
            return
        for token in missing:
            into[token] = []
        wanted = set(missing)
        rows = self.connection.execute(SQL[query], {"tokens": array_literal(missing)}).fetchall()
        for row in rows:
            piece = evidence_in(row)
            for token in wanted.intersection(piece.pair):
                into[token].append(piece)

    def write(self, resolution: Resolution) -> list[Moved]:
        """Store what a resolution says otherwise than what is held of its identifiers."""
        older = [token for token in resolution.head if not self._held[token].new]
        conflicts.save(self.connection, older, resolution)
        moved, lines = [], []
        for token, head in resolution.head.items():
            held = self._held[token]
            if held.head != head and not held.new:
                moved.append(Moved(token, held.head, head))
            held.head = head
            if held.new:
                lines.append(_identifier_line(token, held))
                held.new = False
        if lines:
            copy_text(self.connection.cursor(), SQL["copy_identifiers"], lines)
        self._update(self._judge.judged | {one.token for one in moved})
        self._judge.judged.clear()
        return moved

    def _update(self, changed: Set[Token]) -> None:
        if changed:
            held = [self._held[token] for token in changed]
            heads, sharing = [one.head for one in held], [int(one.sharing) for one in held]
            values = {"tokens": list(changed), "heads": heads, "sharing": sharing}
            self.connection.execute(SQL["set_heads"], values)


def _identifier_line(token: Token, held: Held) -> str:
    """The row in COPY's text format, in the order of `copy_identifiers`."""
    known = held.known
    value = copied(known.value)
    conclusions = f"{held.head or NULL}\t{CODES[held.sharing]}\t{'t' if known.junk else 'f'}"
    return f"{token}\t{copied(known.type)}\t{value}\t{customer_id(token)}\t{conclusions}"


def _identified(events: Iterable[Event]) -> Iterable[Identified]:
    return (one for event in events for one in named(event))
