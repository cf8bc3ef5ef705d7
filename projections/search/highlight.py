"""Where in a text the query was found, as a short piece of HTML.

The text's own `<`, `>`, `&` and quotes are escaped, so a page may show the highlight as HTML; one that sets it as text
and looks for `<mark>` must unescape the rest.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from projections.search.folding import numbers, words
from projections.search.query import Query
from projections.search.resemblance import resembles

WIDTH: Final = 160
LEAD: Final = 40
_PIECE: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*(?:['’][^\W\d_](?![^\W_]))?")
Span = tuple[int, int]


class Highlighter:
    """Marks one query's words in texts."""

    def __init__(self, query: Query) -> None:
        terms = query.terms()
        self._exact = {term.word for term in terms}
        self._begins = tuple(term.word for term in terms if term.begins)
        self._names = query.names()

    def highlight(self, title: str, body: str, *, named: bool = False) -> str:
        """The stretch of the body around the first find; without one the title; in neither, how the body begins.
        `named`: the title is a name, found in spite of typing errors.
        """
        if found := self._stretch(body):
            return found
        found = self._stretch(title) or (self._stretch(title, alike=True) if named else "")
        return found or escape(_cut(body or title, 0))

    def _stretch(self, text: str, *, alike: bool = False) -> str:
        first = next(self._spans(text, alike=alike), None)
        if first is None:
            return ""
        start = _word_start(text, max(0, first[0] - LEAD))
        shown = _cut(text, start)
        spans = sorted(self._spans(shown, alike=alike), key=lambda span: (span[0], -span[1]))
        return _marked(shown, spans)

    def _spans(self, text: str, *, alike: bool) -> Iterator[Span]:
        for piece in _PIECE.finditer(text):
            if any(self._found(word, alike=alike) for word in words(piece[0])):
                yield piece.span()
        for number in numbers(text):
            if any(map(self._found, number.spellings())):
                yield number.start, number.end

    def _found(self, word: str, *, alike: bool = False) -> bool:
        if word in self._exact or word.startswith(self._begins):
            return True
        return alike and any(resembles(name, word) for name in self._names)


def _word_start(text: str, at: int) -> int:
    """The next place where a word begins, unless that is far off."""
    blank = text.find(" ", at, at + LEAD) if at else -1
    return at if blank < 0 else blank + 1


def _cut(text: str, start: int) -> str:
    """At most `WIDTH` characters from `start`, on one line, with an ellipsis where something was cut off."""
    end = start + WIDTH
    if end < len(text):
        blank = text.rfind(" ", start, end)
        end = blank if blank > end - LEAD else end
    shown = " ".join(text[start:end].split())
    return ("… " if start else "") + shown + (" …" if end < len(text) else "")


def _marked(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
            at = end
    return "".join(parts) + escape(text[at:])
