"""A document as an index holds it: each word with its place and its weight."""

from collections.abc import Iterator
from typing import Final

from projections.search.folding import fold, numbers, words_of_folded
from projections.search.port import Document

GAP: Final = 10
"""Between two fields, so that no phrase reaches from one into the other."""

TITLE, BODY = "A", "D"
LAST_PLACE: Final = 16_000
"""Words beyond this place are not indexed."""

Field = tuple[list[str], int, str]


def fields(document: Document) -> Iterator[Field]:
    """(words in a row, place of the first, weight) of all that a document is found by."""
    after = 1
    names = "" if document.names == document.title else document.names
    for text, weight in ((document.title, TITLE), (names, TITLE), (document.body, BODY)):
        folded = fold(text)
        numbered = [word for number in numbers(folded) for word in number.spellings()]
        for found in (words_of_folded(folded), numbered):
            if found and after < LAST_PLACE:
                yield found[: LAST_PLACE - after], after, weight
                after += len(found) + GAP
