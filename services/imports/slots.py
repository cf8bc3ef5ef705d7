"""The cells of a row that a mapping asks for: found by name or position once per file, cleaned once per
row."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.imports.tree import Node

Cells = Sequence[str | None]
Getter = Callable[[Cells], Any]
RowReader = Callable[[Sequence[str], str], Cells]

ROW = "@row"
"""In a template: the name that the row's content gives it, 32 hexadecimal digits."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Ref:
    """A column as the mapping names it, and where. `keep_lines`: line breaks stay."""

    column: str | int
    node: Node = field(compare=False)
    keep_lines: bool = False


@dataclass(slots=True, kw_only=True)
class Slots:
    """Collects what a mapping asks for from files with one header. `names`: positions given by the
    mapping."""

    header: Sequence[str]
    names: Mapping[str, int]
    trim: bool = True
    nulls: frozenset[str] = frozenset({""})
    _wanted: dict[tuple[int, bool], int] = field(default_factory=dict)
    _made: dict[Hashable, tuple[int, Getter]] = field(default_factory=dict)

    def of(self, ref: Ref) -> int:
        """The place of the cell in what `reader` gives. 0 is the row's own name."""
        if ref.column == ROW:
            return 0
        key = (self._position(ref), ref.keep_lines)
        return self._wanted.setdefault(key, len(self._wanted) + 1)

    def made(self, key: Hashable, maker: Callable[["Slots"], Getter]) -> int:
        """The place of a text that is made of cells once per row, however often it is used. Such places
        count from behind."""
        if key not in self._made:
            self._made[key] = (-1 - len(self._made), maker(self))
        return self._made[key][0]

    def _position(self, ref: Ref) -> int:
        column = ref.column
        if isinstance(column, str) and column in self.names:
            column = self.names[column]
        if isinstance(column, int):
            if not 0 <= column < len(self.header):
                raise ref.node.error(
                    "mapping_unknown_column", f"the file has columns 0 to {len(self.header) - 1}"
                )
            return column
        found = [number for number, name in enumerate(self.header) if name == column]
        if len(found) > 1:
            places = " and ".join(map(str, found))
            raise ref.node.error(
                "mapping_ambiguous_column", f"`{column}` heads columns {places}: use the position"
            )
        if not found:
            raise ref.node.error("mapping_unknown_column", f"the file has no column `{column}`")
        return found[0]

    def reader(self) -> tuple[RowReader, RowReader]:
        """Two readers of a row: one for rows without control characters and surrogates, one that mends
        them."""
        wanted, trim, nulls = tuple(self._wanted), self.trim, self.nulls
        positions = tuple(position for position, _ in wanted)
        makers = tuple(getter for _, getter in self._made.values())[::-1]

        def clean(text: str) -> str | None:
            text = text.strip() if trim else text
            return None if text in nulls else text

        def complete(found: list[str | None]) -> Cells:
            found += [make(found) for make in makers]
            return found

        def read(cells: Sequence[str], row: str) -> Cells:
            if not trim:
                return complete([row, *[None if cells[p] in nulls else cells[p] for p in positions]])
            return complete(
                [row, *[None if (text := cells[p].strip()) in nulls else text for p in positions]]
            )

        def mend(cells: Sequence[str], row: str) -> Cells:
            return complete([row, *[clean(mended(cells[position], keep)) for position, keep in wanted]])

        return read, mend


def mended(text: str, keep_lines: bool) -> str:
    """Without what a text in an event cannot hold: NUL and lone surrogates always, line breaks unless they
    may stay."""
    text = _UNFIT.sub(_REPLACEMENT, text)
    return text if keep_lines else _CONTROL.sub(" ", text)


def is_unfit(text: str) -> bool:
    return _UNFIT.search(text) is not None
