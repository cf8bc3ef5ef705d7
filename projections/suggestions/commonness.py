"""How common each value is: that two people share a rare surname says more than that they share a common one."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Final

from klantbeeld.domain.values import value
from projections.suggestions.descriptions import Description

FEWEST: Final = 100
"""People, even if there are fewer: in a small company too somebody's namesake exists."""
WEIGHT: Final = 200
"""How many people the expectation below counts for, beside those who are there."""
EXPECTED: Final[Mapping[str, float]] = {
    "given": 0.002,
    "family": 0.0005,
    "birth": 0.00005,
    "city": 0.01,
    "postal_code": 0.0005,
    "street": 0.001,
    "email": 0.00001,
    "phone": 0.00001,
    "company": 0.001,
}
"""The share of people who have one given value of a field, where nothing is known of the value."""

PERSONAL: Final = frozenset({"email", "phone"})
"""Values handed out once: that two people have one is chance only where a third has it too."""


@value
class Statistics:
    """Counts of people: all of them, those who have a field, those who have a value of it under its `name_of`."""

    people: int
    having: Mapping[str, int]
    counts: Mapping[Hashable, int]

    def share(self, field: str, term: Hashable) -> float:
        """The probability that somebody else has this value too: the count without the one (or two) who are compared,
        smoothed by what is expected of the field.
        """
        others = max(0, self.counts.get(term, 0) - (2 if field in PERSONAL else 1))
        return (others + WEIGHT * EXPECTED[field]) / (self.having.get(field, 0) + WEIGHT)


def counted(descriptions: Iterable[Description]) -> Statistics:
    """Of people who are all at hand; terms stand for themselves."""
    people, counts, having = 0, Counter[Hashable](), Counter[str]()
    for one in descriptions:
        people += 1
        terms = one.terms()
        counts.update(terms)
        having.update({field for field, _ in terms})
    return Statistics(people=people, having=having, counts=counts)
