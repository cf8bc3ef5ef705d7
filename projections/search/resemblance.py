"""How much a word resembles a name: shared trigrams, by the rules of PostgreSQL's `strict_word_similarity`.

PostgreSQL's own is used where PostgreSQL searches; this is the same for engines that have none, and for tests.
"""

from functools import lru_cache
from typing import Final

ALIKE: Final = 0.33
"""From here on a word counts as a typing error of a name. One wrong letter in the middle of a word of five passes."""

SHORTEST: Final = 4
"""Shorter words resemble too many others."""


def resembles(word: str, name: str) -> bool:
    """Whether the folded word could be meant for a word of the folded name, or for some words of it in a row."""
    return len(word) >= SHORTEST and resemblance(word, name) >= ALIKE


def resemblance(text: str, name: str) -> float:
    """Shared of all trigrams of the text and the stretch of whole words in the name that fits it best: 0 to 1."""
    asked, parts = trigrams(text), name.split()
    stretches = (
        " ".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)
    )
    return max((_shared(asked, trigrams(stretch)) for stretch in stretches), default=0.0)


@lru_cache(maxsize=4096)
def trigrams(text: str) -> frozenset[str]:
    """The trigrams of each word, with two blanks before it and one behind."""
    padded = [f"  {word} " for word in text.split()]
    return frozenset(word[n : n + 3] for word in padded for n in range(len(word) - 2))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    together = len(one | other)
    return len(one & other) / together if together else 0.0
