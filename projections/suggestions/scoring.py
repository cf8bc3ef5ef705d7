"""How likely two descriptions are of one person: the sum of what each field says, as a probability, with its reasons.

The weight of a field that agrees to some level is log2(m / u), m and u being the shares of pairs of one person, and of
two people, that agree so far; the sum and the prior log-odds give the probability (I. P. Fellegi and A. B. Sunter, "A
Theory for Record Linkage", Journal of the American Statistical Association 64, 1969). u of an agreement on a value grows
with how common that value is (W. E. Winkler, "Frequency-Based Matching in Fellegi-Sunter Model of Record Linkage", 1989).

Two things keep the fields from being added up as if they knew nothing of one another. Whoever shares a household shares
family name, address and telephone: together these weigh no more than what finds the household. And moving house changes a
whole address at once: together its parts weigh no less than one disagreement.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from math import log2
from typing import Final

from klantbeeld.domain.values import value
from projections.suggestions import agreement
from projections.suggestions.agreement import COMPARED, LEVELS, OTHER, SAME
from projections.suggestions.commonness import FEWEST, Statistics
from projections.suggestions.descriptions import Description, Place
from projections.suggestions.weights import ROUNDS, STRANGERS, Weights, assumed, by_chance, learned

SUGGESTED: Final = 0.5
"""The least probability of a suggestion: likelier one person than two."""
SWAPPED: Final = -4.0
"""log2 of how often given and family name stand in each other's place."""
MOVED: Final = -3.0
HOUSEHOLD: Final = -1.0
"""Log-odds, base 2, that two records of one household are one person."""

TELLING: Final = 0.5
"""Bits from which on a field is a reason."""

TermOf = Callable[[str, str], Hashable]
Compared = tuple[Description, Description, int]
"""Two people, and how many of them are among those whose pairs were looked for."""

Strangers = tuple[Description, Description]
"""Two people picked at random."""


@value
class Finding:
    """What one field says. `bits` above zero speak for one person, below for two."""

    field: str
    level: str
    bits: float

    @property
    def code(self) -> str:
        return f"{self.field}_{self.level}"


@value
class Score:
    probability: float
    bits: float
    findings: tuple[Finding, ...]

    @property
    def levels(self) -> list[tuple[str, str]]:
        return [(found.field, found.level) for found in self.findings]

    @property
    def codes(self) -> list[str]:
        """Reasons: what speaks most for one person first, what speaks against it last."""
        return [found.code for found in self.findings if abs(found.bits) >= TELLING]

    @property
    def suggested(self) -> bool:
        return self.probability >= SUGGESTED


class Scorer:
    """Scores pairs by one set of statistics. `term_of`: under what name a value of a field is counted in them."""

    def __init__(
        self,
        statistics: Statistics,
        weights: Weights | None = None,
        term_of: TermOf = lambda field, text: (field, text),
    ) -> None:
        self._statistics, self._term_of = statistics, term_of
        self.weights = weights or assumed()
        self._shares: dict[tuple[str, str], float] = {}

    def score(self, one: Description, other: Description, *, whole: bool = True) -> Score:
        """Symmetric. A field that either lacks says nothing. Not `whole`: no more is looked at than shows that the two
        are no suggestion.
        """
        named = self._names(one, other)
        family = [found for found in named if found.field == "family"]
        company = self._field("company", one.company, other.company)
        own = [found for found in named if found.field != "family"]
        own += self._birth(one.birth, other.birth) + self._best("email", one.emails, other.emails)
        household = [*family, *company] if one.names or other.names else family
        own += [] if one.names or other.names else company
        if whole or HOUSEHOLD + _sum(own) >= 0:
            household += self._place(one.places, other.places) + self._best("phone", one.phones, other.phones)
        shared = min(_sum(household), HOUSEHOLD - self.prior)
        bits = self.prior + shared + _sum(own)
        findings = sorted((*own, *household), key=lambda found: (-found.bits, found.code))
        return Score(probability=1 / (1 + 2.0**-bits), bits=bits, findings=tuple(findings))

    @property
    def prior(self) -> float:
        """Log-odds, base 2, that two people picked at random are one."""
        return log2(self.weights.others / max(self._statistics.people, FEWEST))

    def learn(self, pairs: Sequence[Compared], people: int, strangers: Iterable[Strangers]) -> None:
        """Estimate the weights from pairs that were looked for so many people, in several rounds, and from strangers."""
        chance = by_chance(self.score(one, other).levels for one, other in strangers)
        self.weights = replace(self.weights, chance=chance)
        for _ in range(ROUNDS):
            scores = ((self.score(one, other), ends) for one, other, ends in pairs)
            told = ((found.probability, ends, found.levels) for found, ends in scores)
            self.weights = learned(told, people, chance)

    def _names(self, one: Description, other: Description) -> list[Finding]:
        straight = self._field("given", one.given, other.given) + self._field(
            "family", one.family, other.family
        )
        if not (one.names and other.names) or (all(found.level == SAME for found in straight) and straight):
            return straight
        crossed = self._crossed(one, other)
        return crossed if _sum(crossed) + SWAPPED > _sum(straight) else straight

    def _crossed(self, one: Description, other: Description) -> list[Finding]:
        """As if given and family name stood in each other's place in one of the two."""
        pairs = ((one.given, other.family), (other.given, one.family))
        found = [self._either(a, b) for a, b in pairs if a and b]
        if not any(finding.level == SAME for finding in found):
            return []
        bits = _sum(found) + SWAPPED
        return [Finding(field="names", level="swapped", bits=bits)]

    def _either(self, one: str, other: str) -> Finding:
        """Of a name that is common as the one or as the other, the more cautious of both."""
        both = (*self._field("given", one, other), *self._field("family", one, other))
        return min(both, key=lambda found: found.bits)

    def _birth(self, one: date | None, other: date | None) -> list[Finding]:
        if one is None or other is None:
            return []
        return [self._finding("birth", agreement.births(one, other), one.isoformat(), other.isoformat())]

    def _place(self, mine: tuple[Place, ...], theirs: tuple[Place, ...]) -> list[Finding]:
        """The pair of addresses that agrees best."""
        compared = [self._two_places(one, other) for one, other in product(mine, theirs)]
        best = max(compared, key=_sum, default=[])
        if _sum(best) >= MOVED:
            return best
        return [Finding(field="address", level=OTHER, bits=MOVED)]

    def _two_places(self, one: Place, other: Place) -> list[Finding]:
        return [
            *self._field("city", one.city, other.city),
            *self._field("postal_code", one.postal_code, other.postal_code),
            *self._best("street", one.lines, other.lines),
            *self._field("number", one.number, other.number),
        ]

    def _best(self, field: str, mine: Iterable[str], theirs: Iterable[str]) -> list[Finding]:
        """The pair of values that agrees best."""
        compared = (self._field(field, one, other) for one, other in product(mine, theirs))
        return max(compared, key=_sum, default=[])

    def _field(self, field: str, one: str, other: str) -> list[Finding]:
        if not (one and other):
            return []
        return [self._finding(field, COMPARED[field](one, other), one, other)]

    def _finding(self, field: str, level: str, one: str, other: str) -> Finding:
        worth = LEVELS[field][level]
        common = max(self._share(field, one), self._share(field, other)) if worth.scale else 0.0
        chance = min(1.0, self.weights.chance[field][level] + worth.scale * common)
        bits = log2(self.weights.shares[field][level] / chance)
        return Finding(field=field, level=level, bits=min(bits, 0.0) if level == OTHER else bits)

    def _share(self, field: str, text: str) -> float:
        key = field, text
        if key not in self._shares:
            self._shares[key] = self._statistics.share(field, self._term_of(field, text))
        return self._shares[key]


def _sum(findings: Iterable[Finding]) -> float:
    return sum(found.bits for found in findings)


def strangers(people: Sequence[Description]) -> Iterator[Strangers]:
    """Everybody with a few who stand far from them; whoever stands near may be the same person, as records come."""
    for place, one in enumerate(people):
        for step in range(STRANGERS):
            yield one, people[(place + len(people) // 2 + step) % len(people)]
