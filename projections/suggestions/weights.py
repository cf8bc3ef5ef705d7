"""What agreement is worth in one installation: the shares of pairs of one person that agree to each level, and how often
a record has another of the same person. Estimated from the records themselves: nobody has to say which pairs are right.

By expectation and maximisation (W. E. Winkler, "Using the EM Algorithm for Weight Computation in the Fellegi-Sunter Model
of Record Linkage", 1988): pairs are scored with the weights at hand, then the weights follow from the scores. What is
assumed beforehand counts for `ASSUMED` pairs, so that a few odd pairs move little.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from klantbeeld.domain.values import value
from projections.suggestions.agreement import LEVELS

ROUNDS: Final = 8
ASSUMED: Final = 100
ASSUMED_OTHERS: Final = 0.5
FEWEST_OTHERS: Final = 0.1
Found = Iterable[tuple[str, str]]
"""Fields with the level to which they agree."""


@value
class Weights:
    """`shares`: of each field, of each level, the share of pairs of one person. `others`: how many other records somebody
    has on average.
    """

    shares: Mapping[str, Mapping[str, float]]
    others: float


def assumed() -> Weights:
    """Before anything is known."""
    shares = {field: {name: level.m for name, level in levels.items()} for field, levels in LEVELS.items()}
    return Weights(shares=shares, others=ASSUMED_OTHERS)


def learned(scores: Iterable[tuple[float, int, Found]], people: int) -> Weights:
    """The weights that follow from scored pairs: the probability of each, and how many of its two records are among the
    `people` whose pairs were looked for.
    """
    start, others = assumed(), 0.0
    weighed: dict[str, dict[str, float]] = {field: defaultdict(float) for field in start.shares}
    for probability, ends, found in scores:
        others += probability * ends
        for field, level in found:
            if field in weighed:
                weighed[field][level] += probability
    shares = {field: _smoothed(weighed[field], before) for field, before in start.shares.items()}
    mean = (others + ASSUMED * ASSUMED_OTHERS) / (people + ASSUMED)
    return Weights(shares=shares, others=max(mean, FEWEST_OTHERS))


def _smoothed(seen: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    total = sum(seen.values()) + ASSUMED
    return {level: (seen.get(level, 0.0) + ASSUMED * share) / total for level, share in before.items()}
