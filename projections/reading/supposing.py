"""What a person's word on a pair would bring about: the processor's own resolution, on one snapshot, never written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from klantbeeld.domain.events.event import FoldOrder, Identified, Token
from klantbeeld.domain.identity import Evidence, Known, Resolution, Rules, decision, withdrawal
from klantbeeld.domain.identity.evidence import EventName
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.acquaintance import Acquaintance
from projections.identities import Identities, Moved
from projections.reading.customers import who_owns
from projections.reading.link_ids import Pair, link_id, pair_of
from projections.reading.linked import newest_decision, newest_word, pieces_of
from projections.reading.proven import proven_with

SQL = load(__package__, "identity.sql")
Kind = Literal["link", "unlink", "withdrawal"]
Code = Literal[
    "unknown_identifier",
    "junk_identifier",
    "shared_identifier",
    "cannot_link",
    "already_linked",
    "already_unlinked",
    "already_one_customer",
    "nothing_to_withdraw",
]
_NEXT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why it would be refused, or nothing would happen. `places`: which of the two are to blame, 0 and 1; `link_ids`: the
    unlinks that stand in the way.
    """

    code: Code
    places: Sequence[int] = ()
    link_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """Every identifier that the word touches, with its customer before and after it; None is nobody.

    `at`: when the word must be said to be the newest on its pair. `takes_back`: events whose words a withdrawal voids.
    `unseen`: those of the pair that nobody named yet.
    """

    known: Mapping[Token, Known]
    before: Mapping[Token, Token | None]
    after: Mapping[Token, Token | None]
    at: datetime
    takes_back: Sequence[EventName]
    unseen: frozenset[Token]
    obstacle: Obstacle | None

    @property
    def moved(self) -> list[Moved]:
        return [
            Moved(token, self.before[token], head)
            for token, head in self.after.items()
            if self.before[token] != head
        ]


class _Supposed(Identities):
    """Resolves as the processor does, and keeps the outcome to itself."""

    resolution: Resolution
    before: Mapping[Token, Token | None]

    def unseen(self, pair: Sequence[Identified]) -> frozenset[Token]:
        self._hold(pair)
        return frozenset(one.token for one in pair if self._held[one.token].new)

    def known(self) -> Mapping[Token, Known]:
        return {token: held.known for token, held in self._held.items()}

    def write(self, resolution: Resolution) -> list[Moved]:
        self.resolution = resolution
        self.before = {token: self._held[token].head for token in resolution.head}
        return []


def suppose(
    connection: Connection, rules: Rules, kind: Kind, pair: Sequence[Identified], now: datetime
) -> Supposition:
    """What this word on two identifiers would change, said now. The connection must see one snapshot."""
    ends = pair_of(pair[0].token, pair[1].token)
    said = pieces_of(connection, [ends]).get(ends, [])
    at = max([now, *(one.order[0] + _NEXT for one in said if one.kind != "evidence")])
    takes_back = [one.order[2:4] for one in newest_decision(said)] if kind == "withdrawal" else []
    supposed = _Supposed(connection, rules, Acquaintance())
    unseen = supposed.unseen(pair)
    supposed.settle(_pieces(kind, ends, takes_back, at, now), also=set(ends))
    found = Supposition(
        known=supposed.known(),
        before=supposed.before,
        after=supposed.resolution.head,
        at=at,
        takes_back=takes_back,
        unseen=unseen,
        obstacle=None,
    )
    obstacle = _obstacle(connection, supposed.resolution, found, kind, pair, newest_word(said))
    return replace(found, obstacle=obstacle)


def _pieces(
    kind: Kind, ends: Pair, takes_back: Sequence[EventName], at: datetime, now: datetime
) -> list[Evidence]:
    order = FoldOrder(at, 0, "", "")
    if kind == "withdrawal":
        return withdrawal(*ends, takes_back, order, now)
    return [decision(kind, *ends, order=order, recorded_at=now)]


def _obstacle(
    connection: Connection,
    resolution: Resolution,
    found: Supposition,
    kind: Kind,
    pair: Sequence[Identified],
    word: Evidence | None,
) -> Obstacle | None:
    blank = [place for place, one in enumerate(pair) if one.token in found.unseen]
    if blank and (kind != "link" or len(blank) == 2):
        return Obstacle(code="unknown_identifier", places=blank)
    if kind == "withdrawal":
        return None if found.takes_back else Obstacle(code="nothing_to_withdraw")
    junk = [place for place, one in enumerate(pair) if found.known[one.token].junk]
    if junk:
        return Obstacle(code="junk_identifier", places=junk)
    if kind == "unlink":
        return Obstacle(code="already_unlinked") if word and word.kind == "unlink" else None
    shared = [place for place, one in enumerate(pair) if one.token in resolution.shared]
    if shared:
        return Obstacle(code="shared_identifier", places=shared)
    ends = pair_of(pair[0].token, pair[1].token)
    if any(one.evidence.kind == "link" and one.evidence.pair == ends for one in resolution.refused):
        return Obstacle(code="cannot_link", link_ids=_in_the_way(connection, resolution, ends))
    if word and word.kind == "link":
        return Obstacle(code="already_linked")
    return Obstacle(code="already_one_customer") if _proven_already(connection, found, ends) else None


def _in_the_way(connection: Connection, resolution: Resolution, ends: Pair) -> list[str]:
    """The standing unlinks between the two sides."""
    one, other = (resolution.clusters[head] for head in map(resolution.head.__getitem__, ends) if head)
    rows = connection.execute(SQL["unlinks_among"], {"tokens": [*one, *other]}).fetchall()
    pairs = {(a, b) for a, b in rows if (a in one) != (b in one)}
    words = ((pair, newest_word(pieces)) for pair, pieces in pieces_of(connection, pairs).items())
    standing = [(word.order, pair) for pair, word in words if word and word.kind == "unlink"]
    return [link_id(*pair) for _, pair in sorted(standing)]


def _proven_already(connection: Connection, found: Supposition, ends: Pair) -> bool:
    """Whether both are proven to be one customer's: then a person's word adds nothing."""
    head = found.before[ends[0]]
    if head is None or found.before[ends[1]] != head:
        return False
    return ends[1] in proven_with(connection, who_owns(connection, head), [ends[0]])
