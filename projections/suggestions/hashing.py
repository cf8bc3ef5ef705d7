"""Keyed names of values: equal under one installation's index key, and nothing that could be read back."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from klantbeeld.log.sealing import Names
from projections.suggestions.blocking import keys
from projections.suggestions.descriptions import Description

HAVING: Final = "has"


class Hashed:
    """By keyed BLAKE2b (RFC 7693), 64 bits, as PostgreSQL's bigint."""

    def __init__(self, names: Names) -> None:
        self._keyed = blake2b(key=names.index_key, digest_size=8, person=b"suggestion")

    def number(self, text: str) -> int:
        hashed = self._keyed.copy()
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(hashed.digest(), "big", signed=True)

    def keys(self, one: Description) -> list[int]:
        """Of the blocks that somebody is in."""
        return sorted({self.number(f"key {key}") for key in keys(one)})

    def term(self, field: str, text: str) -> int:
        return self.number(f"term {field} {text}")

    def terms(self, one: Description) -> list[int]:
        """Of each value, and of each field that has one."""
        found = one.terms()
        having = ((HAVING, field) for field, _ in found)
        return sorted({self.term(field, text) for field, text in (*found, *having)})

    def having(self, fields: Iterable[str]) -> dict[int, str]:
        return {self.term(HAVING, field): field for field in fields}

    def fingerprint(self, one: Description) -> bytes:
        """Alike for equal descriptions."""
        hashed = self._keyed.copy()
        hashed.update(f"person {one!r}".encode("utf-8", "surrogatepass"))
        return hashed.digest()
