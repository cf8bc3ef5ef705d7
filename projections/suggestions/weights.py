"""What agreement is worth in one installation: the shares of pairs of one person, and of two people, that agree to each
level, and how often a record has another of the same person. Estimated from the records themselves: nobody has to say
which pairs are right.

Pairs of two people are people picked at random. For pairs of one person there is expectation and maximisation (W. E.
Winkler, "Using the EM Algorithm for Weight Computation in the Fellegi-Sunter Model of Record Linkage", 1988): pairs are
scored with the weights at hand, then the weights follow from the scores. What is assumed beforehand counts for `ASSUMED`
pairs, and bounds what can be learned: where nobody is there twice, all that there is to learn from is chance.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from klantbeeld.domain.values import value
from projections.suggestions.agreement import LEVELS, OTHER

ROUNDS: Final = 8
ASSUMED: Final = 100
ASSUMED_OTHERS: Final = 0.5
FEWEST_OTHERS, MOST_OTHERS = 0.1, 5.0
LEARNED_AT_MOST: Final = 5.0
"""How many times as large, or as small, as it was assumed to be a share may become."""

DIFFERENT_AT_MOST: Final = 2.0
"""The same for the share that does not agree at all: households look like people who are there twice."""

STRANGERS: Final = 8
"""Of how many others, picked at random, everybody is compared with to see what agrees by chance."""
Found = Iterable[tuple[str, str]]
"""Fields with the level to which they agree."""

Shares = Mapping[str, Mapping[str, float]]


@value
class Weights:
    """`shares`: of each field, of each level, the share of pairs of one person; `chance`: that of pairs of two people,
    apart from what follows from how common the value is. `others`: how many other records somebody has on average.
    """

    shares: Shares
    chance: Shares
    others: float


def assumed() -> Weights:
    """Before anything is known."""
    shares = {field: {name: level.m for name, level in levels.items()} for field, levels in LEVELS.items()}
    chance = {field: {name: level.u for name, level in levels.items()} for field, levels in LEVELS.items()}
    return Weights(shares=shares, chance=chance, others=ASSUMED_OTHERS)


def by_chance(strangers: Iterable[Found]) -> Shares:
    """The shares of pairs picked at random. Full agreement is left to how common the value is."""
    before, seen = assumed().chance, _none_seen()
    for found in strangers:
        for field, level in found:
            if field in seen:
                seen[field][level] += 1
    return {
        field: {level: share and after[level] for level, share in before[field].items()}
        for field, after in ((field, _smoothed(seen[field], before[field])) for field in before)
    }


def learned(scores: Iterable[tuple[float, int, Found]], people: int, chance: Shares) -> Weights:
    """The weights that follow from scored pairs: the probability of each, and how many of its two records are among the
    `people` whose pairs were looked for.
    """
    others, seen = 0.0, _none_seen()
    for probability, ends, found in scores:
        others += probability * ends
        for field, level in found:
            if field in seen:
                seen[field][level] += probability
    shares = {
        field: _bounded(_smoothed(seen[field], before), before) for field, before in assumed().shares.items()
    }
    mean = (others + ASSUMED * ASSUMED_OTHERS) / (people + ASSUMED)
    return Weights(shares=shares, chance=chance, others=min(max(mean, FEWEST_OTHERS), MOST_OTHERS))


def _none_seen() -> dict[str, dict[str, float]]:
    return {field: defaultdict(float) for field in LEVELS}


def _smoothed(seen: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    total = sum(seen.values()) + ASSUMED
    return {level: (seen.get(level, 0.0) + ASSUMED * share) / total for level, share in before.items()}


def _bounded(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    different = min(after[OTHER], before[OTHER] * DIFFERENT_AT_MOST)
    kept = {
        level: min(max(share, before[level] / LEARNED_AT_MOST), before[level] * LEARNED_AT_MOST)
        for level, share in after.items()
        if level != OTHER
    }
    rest = (1 - different) / sum(kept.values())
    return {level: share * rest for level, share in kept.items()} | {OTHER: different}
