"""All likely-same pairs among people who are at hand, blocking included: what the stored suggestions agree with."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from projections.suggestions.blocking import LARGEST_BLOCK, keys
from projections.suggestions.commonness import counted
from projections.suggestions.descriptions import Description
from projections.suggestions.scoring import Score, Scorer, strangers

Pair = tuple[str, str]


def candidates(people: Mapping[str, Description]) -> set[Pair]:
    """Pairs, each in the order of their names, that share a key which not too many have."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for name, one in people.items():
        for key in keys(one):
            blocks[key].append(name)
    found: set[Pair] = set()
    for block in blocks.values():
        if len(block) <= LARGEST_BLOCK:
            ordered = sorted(block)
            found.update((a, b) for place, a in enumerate(ordered) for b in ordered[place + 1 :])
    return found


def scored(people: Mapping[str, Description]) -> Iterator[tuple[Pair, Score]]:
    """Every candidate pair with its score, suggested or not, in order."""
    pairs = sorted(candidates(people))
    scorer = Scorer(counted(people.values()))
    everybody = [people[name] for name in sorted(people)]
    scorer.learn([(people[a], people[b], 2) for a, b in pairs], len(people), strangers(everybody))
    for a, b in pairs:
        yield (a, b), scorer.score(people[a], people[b])
