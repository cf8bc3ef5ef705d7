"""What a query means: all its words must be found, and how each may be found.

* `anna jansen`: both words, anywhere in the document, in any order; the last one may be the beginning of a word.
* `"late parcel"`: these words in a row; nothing in quotes is a beginning.
* `web:1001`, `anna@example.nl`, `T-shirt`: the words of one piece, in a row.
* `06 1234 5601`, `+31 (0)6-12345601`: a number, however it is grouped and whatever is dialled before it; or those words.
* a word of four letters or more is also found in a customer's name that resembles it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from projections.search.folding import fold, numbers, words
from projections.search.resemblance import SHORTEST

MOST_WORDS: Final = 16
"""Words beyond these are left out: nobody means them, and each costs."""

MOST_CHARACTERS: Final = 1000
LONGEST_NAME: Final = 32
"""Longer words resemble no name."""
MOST_NAME_WORDS: Final = 24
"""Words beyond these are found as they stand in a name, and not in spite of typing errors."""
_QUOTED: Final = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Term:
    """A folded word; `begins`: a word that begins so will do."""

    word: str
    begins: bool = False

    def found_in(self, word: str) -> bool:
        return word.startswith(self.word) if self.begins else word == self.word


Phrase = tuple[Term, ...]
"""Words in a row."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of the query. It is found when all phrases of one of the options are, or, if there is `name`, when a
    name resembles that word.
    """

    options: tuple[tuple[Phrase, ...], ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """All clauses must be found. No clauses: nothing is."""

    clauses: tuple[Clause, ...]

    def terms(self) -> list[Term]:
        """Every word that may be found, each once."""
        found = (
            term
            for clause in self.clauses
            for option in clause.options
            for phrase in option
            for term in phrase
        )
        return list(dict.fromkeys(found))

    def names(self) -> list[str]:
        """The words that may be meant for a name."""
        return list(dict.fromkeys(clause.name for clause in self.clauses if clause.name))


def parse(text: str) -> Query:
    """The meaning of a text; any text has one."""
    clauses: list[Clause] = []
    left = MOST_WORDS
    for clause in _clauses(fold(text[:MOST_CHARACTERS])):
        left -= max(sum(map(len, option)) for option in clause.options)
        if left < 0:
            break
        clauses.append(clause)
    return Query(tuple(clauses))


def _clauses(text: str) -> Iterator[Clause]:
    at, open_end = 0, not text.rstrip().endswith('"')
    for quoted in _QUOTED.finditer(text):
        yield from _plain(text[at : quoted.start()], open_end=False)
        yield from _pieces(words(quoted[1]))
        at = quoted.end()
    yield from _plain(text[at:], open_end=open_end)


def _plain(text: str, *, open_end: bool) -> Iterator[Clause]:
    """Clauses of text outside quotes; with an open end the last word may be the beginning of one."""
    at, last = 0, len(text.rstrip())
    for number in numbers(text):
        yield from _chunks(text[at : number.start].split(), open_end=False)
        spelled = text[number.start : number.end]
        yield _number(number.digits, spelled, open_end=open_end and number.end >= last)
        at = number.end
    yield from _chunks(text[at:].split(), open_end=open_end)


def _chunks(chunks: Sequence[str], *, open_end: bool) -> Iterator[Clause]:
    parts = [found for chunk in chunks if (found := words(chunk))]
    for n, part in enumerate(parts, start=1):
        yield from _pieces(part, open_end=open_end and n == len(parts))


def _pieces(part: Sequence[str], *, open_end: bool = False) -> Iterator[Clause]:
    if part:
        part = part[:MOST_WORDS]
        name = part[0] if len(part) == 1 and _may_be_a_name(part[0]) else None
        yield Clause(((_phrase(part, open_end=open_end),),), name)


def _may_be_a_name(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST_NAME and word.isalpha()


def _number(digits: str, text: str, *, open_end: bool) -> Clause:
    groups = [found for chunk in text.split() if (found := words(chunk))]
    spelled = tuple(
        _phrase(group, open_end=open_end and n == len(groups)) for n, group in enumerate(groups, start=1)
    )
    return Clause((((_term(digits, begins=open_end),),), spelled))


def _phrase(part: Sequence[str], *, open_end: bool) -> Phrase:
    return tuple(_term(word, begins=open_end and n == len(part)) for n, word in enumerate(part, start=1))


def _term(word: str, *, begins: bool) -> Term:
    """A single letter begins too many words to mean one."""
    return Term(word, begins and len(word) > 1)


def folded_name(text: str) -> str:
    """A name as words are compared with it."""
    return " ".join(words(text)[:MOST_NAME_WORDS])
