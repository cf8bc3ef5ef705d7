"""Text as search sees it: without case, accents and ligatures, cut into words; and numbers as people dial them.

Every engine indexes and asks by what is made here, so none needs a language analyser of its own. Nothing is stemmed.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST_WORD: Final = 64
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_QUOTES: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"'}
)
_WORD: Final = re.compile(rf"[^\W_]{{1,{LONGEST_WORD}}}")
_ENDING: Final = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_](?![^\W_]))")
_NUMBER: Final = re.compile(r"\d(?<!\w\d)[\d\s().\-/]{5,28}\d(?!\w)")
_TRUNK_ZERO: Final = re.compile(r"\(0\)")
_NOT_DIGITS: Final = re.compile(r"\D")
FEWEST_DIGITS, MOST_DIGITS = 7, 15
LONGEST_COUNTRY_CODE = 3


def fold(text: str) -> str:
    """The text in lower case without accents, ligatures and strokes; idempotent.

    `ij` and `y` stay apart (the one letter `ĳ` becomes two): as somebody types `bi`, `bijl` must be found.
    """
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.translate(_QUOTES)).casefold()
    spread = unicodedata.normalize("NFKD", spread)
    bare = "".join(one for one in spread if not unicodedata.combining(one))
    return bare.translate(_STROKES)


def words(text: str) -> list[str]:
    """The folded words in their order. `foto's` is one word, `d'Hondt` and `T-shirt` are two."""
    return words_of_folded(fold(text))


def words_of_folded(folded: str) -> list[str]:
    if "'" in folded:
        folded = _ENDING.sub("", folded)
    return _WORD.findall(folded)


class Number(NamedTuple):
    """A run of digits that could be a telephone number, however they are grouped, and where it stands.

    `digits` are those dialled, without what is dialled before a number from abroad (`+`, `00`) or from home (a zero).
    """

    start: int
    end: int
    digits: str
    international: bool

    def spellings(self) -> list[str]:
        """The words under which a text with this number is found: an international one also without its country code,
        whose length nobody can see.
        """
        if not self.international:
            return [self.digits]
        found = (self.digits[cut:] for cut in range(LONGEST_COUNTRY_CODE + 1))
        return [one for one in found if len(one) >= FEWEST_DIGITS and not one.startswith("0")]


def numbers(text: str) -> Iterator[Number]:
    for match in _NUMBER.finditer(text):
        all_digits = _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", match[0]))
        digits = all_digits.lstrip("0")
        if FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            start = match.start()
            plus = text[max(0, start - 3) : start].rstrip(" (").endswith("+")
            yield Number(start, match.end(), digits, plus or all_digits.startswith("00"))
