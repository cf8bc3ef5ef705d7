"""The rules of identity once more, said as plainly and slowly as can be: no index, no shortcut."""

from collections.abc import Iterable, Mapping

from klantbeeld.domain.identifiers import Strength, is_exclusive, is_personal
from klantbeeld.domain.identity import Evidence, Known, Rules

Pair = tuple[str, str]
Cluster = frozenset[str]


def brute_force(
    known: Mapping[str, Known], evidence: Iterable[Evidence], rules: Rules
) -> tuple[set[Cluster], set[str], set[str], set[Pair]]:
    """Clusters, shared identifiers, contested ones, refused pairs."""
    told = list(evidence)
    everything = [one for one in told if not is_void(one, told)]
    junk = {token for token, one in known.items() if one.junk}
    apart = {one.pair for one in everything if newest_word(one.pair, everything) == "unlink"}
    edges = [one for one in everything if joins(one, everything) and not junk & set(one.pair)]
    edges = [one for one in edges if one.pair not in apart]
    proof = [one for one in edges if one.strength == Strength.verified]
    too_many = {token for token in known if is_above(token, known, edges, rules)}
    owned = {token for token in too_many if is_somebodys(token, known, proof)}
    contested = {token for token in owned if not is_above(token, known, proof, rules)}
    shared = too_many - contested
    clusters = {frozenset({token}) for token in known if token not in shared | junk}
    refused = set()
    for one in sorted(edges, key=canonical):
        if shared & set(one.pair) or (one not in proof and contested & set(one.pair)):
            continue
        (a,) = (cluster for cluster in clusters if one.a in cluster)
        (b,) = (cluster for cluster in clusters if one.b in cluster)
        if a == b:
            continue
        if may_join(a, b, one, known, everything, apart):
            clusters = clusters - {a, b} | {a | b}
        else:
            refused.add(one.pair)
    return clusters, shared, contested, refused


def is_void(one: Evidence, told: list[Evidence]) -> bool:
    back = [other for other in told if other.kind == "withdrawal" and other.pair == one.pair]
    is_word = one.kind in ("link", "unlink")
    return one in back or (is_word and any(other.takes_back == one.order[2:4] for other in back))


def newest_word(pair: Pair, everything: list[Evidence]) -> str:
    words = [one for one in everything if one.pair == pair and one.kind != "evidence"]
    return max(words, key=lambda one: one.order).kind if words else "nothing"


def joins(one: Evidence, everything: list[Evidence]) -> bool:
    if one.kind == "link":
        unlinks = [other.order for other in everything if other.kind == "unlink" and other.pair == one.pair]
        return all(one.order > order for order in unlinks)
    return one.kind == "evidence" and one.a != one.b and one.strength > Strength.weak


def is_above(token: str, known: Mapping[str, Known], edges: list[Evidence], rules: Rules) -> bool:
    pairs = {one.pair for one in edges if one.kind == "evidence" and token in one.pair}
    others = {a if b == token else b for a, b in pairs}
    for type in {known[other].type for other in others}:
        limit = rules.limit(known[token].type, type)
        if limit is not None and len([other for other in others if known[other].type == type]) > limit:
            return True
    return False


def is_somebodys(token: str, known: Mapping[str, Known], proof: list[Evidence]) -> bool:
    pairs = [one.pair for one in proof if one.kind == "evidence" and token in one.pair]
    return any(is_personal(known[other].type) for pair in pairs for other in pair if other != token)


def may_join(
    a: Cluster,
    b: Cluster,
    one: Evidence,
    known: Mapping[str, Known],
    everything: list[Evidence],
    apart: set[Pair],
) -> bool:
    across = [(x, y) for x in a for y in b]
    if any((min(pair), max(pair)) in apart for pair in across):
        return False
    if one.kind == "link":
        return True
    if any(known[x].type == known[y].type and is_exclusive(known[x].type) for x, y in across):
        return False
    verified = {other.a for other in everything if other.a == other.b and other.strength == Strength.verified}
    return one.strength == Strength.verified or not (verified & a and verified & b)


def canonical(one: Evidence) -> tuple[object, ...]:
    return one.kind != "link", -one.strength, one.order


def head_of(cluster: Cluster, known: Mapping[str, Known], evidence: Iterable[Evidence]) -> str:
    """Whoever of them an event showed first; nobody shown, the first by name."""
    shown = sorted((one.order, one.a) for one in evidence if one.a == one.b and one.a in cluster)
    return shown[0][1] if shown else min(cluster, key=lambda token: (known[token].type, known[token].value))
