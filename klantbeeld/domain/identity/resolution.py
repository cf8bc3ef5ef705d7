"""Who is one person: a pure function of the evidence set. How evidence is stored and fetched lives elsewhere.

Edges are taken in one canonical order: people's links, then verified, then asserted evidence, each by event
order; what is merely asserted of a contested identifier is no edge. An edge whose two sides may not meet is
refused and reported. Of all evidence for one pair only the strongest, and among those the oldest, is tried:
sides only grow, so where it is refused so are the others.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Final, Literal

from klantbeeld.domain.identifiers import Strength, is_exclusive
from klantbeeld.domain.identity.clusters import Partition, Side
from klantbeeld.domain.identity.evidence import Evidence, Known, Order, Token, is_claim, standing
from klantbeeld.domain.identity.rules import Rules
from klantbeeld.domain.identity.sharing import Sharing

Reason = Literal["cannot_link", "exclusive_conflict", "both_verified"]
Pair = tuple[Token, Token]

_CUSTOMERS: Final = uuid.UUID("8d0a4c52-6f3b-5e1d-9a47-2c1be70f5a36")
_VARIANTS: Final = "89ab" * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An edge that would have joined two sides that may not meet."""

    evidence: Evidence
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`head` answers for every known token; shared and junk ones belong to nobody (`None`).

    Contested ones are those of which only verified evidence and people's links count. `clusters` gives each
    head's members. `refused` holds conflicts in canonical order, `overruled` the link
    and the strongest evidence of each pair that a standing unlink voids.
    """

    head: Mapping[Token, Token | None]
    clusters: Mapping[Token, frozenset[Token]]
    shared: frozenset[Token]
    contested: frozenset[Token]
    refused: tuple[Refusal, ...]
    overruled: tuple[Evidence, ...]


@dataclass(slots=True)
class _Gathered:
    """The evidence set boiled down to what decides."""

    first_seen: dict[Token, Order] = field(default_factory=dict)
    verified: set[Token] = field(default_factory=set)
    strongest: dict[Pair, Evidence] = field(default_factory=dict)
    links: dict[Pair, Evidence] = field(default_factory=dict)
    apart: set[Pair] = field(default_factory=set)


def customer_id(token: Token) -> str:
    """The public id of the customer whose head this token is, a UUID of version 5; a rebuild gives the same."""
    name = sha1(_CUSTOMERS.bytes + token.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANTS[int(name[16], 16)]
    return f"{name[:8]}-{name[8:12]}-5{name[13:16]}-{variant}{name[17:20]}-{name[20:32]}"


def resolve(
    known: Mapping[Token, Known],
    evidence: Iterable[Evidence],
    rules: Rules,
    shared: Set[Token] = frozenset(),
    contested: Set[Token] = frozenset(),
) -> Resolution:
    """Clusters of everything `known`, which must hold every token that the evidence names.

    Works on one component or on all at once. For every token that is neither in `shared` nor junk, all
    evidence that names it must be given; a token of which only a part is given (the border that `expand` does
    not walk through) must be in `shared` or junk. What is merely asserted of one in `contested` may be left out.
    """
    gathered = _gather(known, standing(list(evidence)))
    sharing = _sharing(known, gathered, rules)
    belongs_to_nobody = {token for token, one in sharing.items() if one.is_shared} | (shared & known.keys())
    proof_only = {token for token, one in sharing.items() if one is Sharing.contested}
    proof_only = (proof_only | (contested & known.keys())) - belongs_to_nobody
    partition = Partition()
    for token, one in known.items():
        if not one.junk and token not in belongs_to_nobody:
            partition.add(token, one.type if is_exclusive(one.type) else None, token in gathered.verified)
    outside = {token for token, one in known.items() if one.junk} | belongs_to_nobody
    for a, b in gathered.apart:
        if a not in outside and b not in outside:
            partition.keep_apart(a, b)
    refused = _join_all(partition, _canonical(known, gathered, outside, proof_only))
    clusters = {_head(side, known, gathered): frozenset(side.members) for side in partition.sides()}
    head: dict[Token, Token | None] = dict.fromkeys(known)
    for oldest, members in clusters.items():
        head.update(dict.fromkeys(members, oldest))
    return Resolution(
        head=head,
        clusters=clusters,
        shared=frozenset(belongs_to_nobody),
        contested=frozenset(proof_only),
        refused=refused,
        overruled=_overruled(known, gathered),
    )


def _gather(known: Mapping[Token, Known], evidence: Iterable[Evidence]) -> _Gathered:
    gathered = _Gathered()
    decisions: dict[Pair, list[Evidence]] = {}
    for one in evidence:
        if one.kind != "evidence":
            decisions.setdefault(one.pair, []).append(one)
        elif one.a == one.b:
            _sighted(gathered, one)
        elif one.strength > Strength.weak and not (known[one.a].junk or known[one.b].junk):
            best = gathered.strongest.get(one.pair)
            if best is None or _preference(one) < _preference(best):
                gathered.strongest[one.pair] = one
    for pair, words in decisions.items():
        _decide(gathered, pair, words)
    return gathered


def _sighted(gathered: _Gathered, one: Evidence) -> None:
    first = gathered.first_seen.get(one.a)
    if first is None or one.order < first:
        gathered.first_seen[one.a] = one.order
    if one.strength == Strength.verified:
        gathered.verified.add(one.a)


def _preference(one: Evidence) -> tuple[object, ...]:
    return -one.strength, one.order, one.recorded_at


def _decide(gathered: _Gathered, pair: Pair, words: list[Evidence]) -> None:
    """The newest word on a pair counts; a link from the first one after the last unlink."""
    unlinked = max((one.order for one in words if one.kind == "unlink"), default=None)
    links = [one for one in words if one.kind == "link"]
    standing = [one for one in links if unlinked is None or one.order > unlinked]
    if not standing:
        gathered.apart.add(pair)
    if links:
        gathered.links[pair] = min(standing or links, key=lambda one: (one.order, one.recorded_at))


def _sharing(known: Mapping[Token, Known], gathered: _Gathered, rules: Rules) -> Mapping[Token, Sharing]:
    """Tokens that standing evidence joins directly to more than their limit; unlinked pairs do not count."""
    neighbours: defaultdict[Token, list[tuple[str, Strength]]] = defaultdict(list)
    for pair, one in gathered.strongest.items():
        if pair not in gathered.apart:
            neighbours[one.a].append((known[one.b].type, one.strength))
            neighbours[one.b].append((known[one.a].type, one.strength))
    found = ((token, rules.sharing(known[token].type, around)) for token, around in neighbours.items())
    return {token: sharing for token, sharing in found if sharing is not Sharing.no}


def _canonical(
    known: Mapping[Token, Known], gathered: _Gathered, outside: Set[Token], contested: Set[Token]
) -> list[Evidence]:
    edges = [*gathered.links.values(), *gathered.strongest.values()]
    standing = [
        one
        for one in edges
        if one.pair not in gathered.apart and one.a not in outside and one.b not in outside
    ]
    if contested:
        standing = [one for one in standing if not is_claim(one) or contested.isdisjoint(one.pair)]
    return _arranged(standing, known)


def _arranged(edges: Iterable[Evidence], known: Mapping[Token, Known]) -> list[Evidence]:
    """In canonical order. Names settle ties, because tokens differ between installations."""
    named = sorted(known, key=lambda token: (known[token].type, known[token].value, token))
    place = {token: number for number, token in enumerate(named)}

    def arrangement(one: Evidence) -> tuple[bool, int, Order, int, int]:
        a, b = place[one.a], place[one.b]
        return one.kind != "link", -one.strength, one.order, min(a, b), max(a, b)

    return sorted(edges, key=arrangement)


def _join_all(partition: Partition, edges: Iterable[Evidence]) -> tuple[Refusal, ...]:
    refused = []
    for one in edges:
        a, b = partition.side_of(one.a), partition.side_of(one.b)
        if a is b:
            continue
        reason = _obstacle(partition, a, b, one)
        if reason is None:
            partition.join(a, b)
        else:
            refused.append(Refusal(evidence=one, reason=reason))
    return tuple(refused)


def _obstacle(partition: Partition, a: Side, b: Side, one: Evidence) -> Reason | None:
    """Why the edge may not join the two sides; a person's link yields to a standing unlink only."""
    if partition.are_apart(a, b):
        return "cannot_link"
    if one.kind == "link":
        return None
    if not a.exclusive.isdisjoint(b.exclusive):
        return "exclusive_conflict"
    if one.strength < Strength.verified and a.verified and b.verified:
        return "both_verified"
    return None


def _overruled(known: Mapping[Token, Known], gathered: _Gathered) -> tuple[Evidence, ...]:
    edges = (part.get(pair) for pair in gathered.apart for part in (gathered.links, gathered.strongest))
    voided = [one for one in edges if one is not None]
    return tuple(_arranged(voided, known)) if voided else ()


def _head(side: Side, known: Mapping[Token, Known], gathered: _Gathered) -> Token:
    """The member seen first; one that only people's links name comes after all that an event has shown."""
    first_seen = gathered.first_seen
    seen = [token for token in side.members if token in first_seen]
    if seen:
        return min(seen, key=lambda token: (first_seen[token], token))
    return min(side.members, key=lambda token: (known[token].type, known[token].value, token))
