"""Rows of a CSV file, packed or not, whatever stands in it: no byte of a file may stop an import half-way."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

from services.imports.layout import Layout
from services.imports.problems import ImportFailed

_GZIP = b"\x1f\x8b"
_LONGEST_CELL = 16 * 1024 * 1024
_OWN_HANDLER = ("utf-8", "ascii", "latin", "iso8859", "cp", "koi8", "mac")


class Row(NamedTuple):
    """`line` is where the row begins in the file, from 1. `cells` is None when it cannot be read."""

    line: int
    cells: list[str] | None


class CsvFile:
    """One file. Bytes that are not of the encoding come out as lone surrogates, for the mapper to mend."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path, self._layout = path, layout
        self._raw = _opened(path)
        csv.field_size_limit(_LONGEST_CELL)
        encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
        errors = "surrogateescape" if layout.encoding.startswith(_OWN_HANDLER) else "replace"
        self._text = io.TextIOWrapper(_unpacked(self._raw), encoding=encoding, errors=errors, newline="")
        self._reader = csv.reader(self._text, delimiter=layout.delimiter, quotechar=layout.quote)
        self._first: Row | None = None
        self.header = self._header()

    def _header(self) -> list[str]:
        """Column names; for a file without, as many empty ones as its first row has cells."""
        try:
            first = self._next()
        except StopIteration:
            raise ImportFailed("empty_file", f"{self.path} is empty") from None
        if first.cells is None:
            raise ImportFailed("unreadable_file", f"{self.path} does not begin like a CSV file")
        if self._layout.header:
            return [name.strip() for name in first.cells]
        self._first = first
        return [""] * len(first.cells)

    def rows(self) -> Iterator[Row]:
        if self._first is not None:
            yield self._first
        while True:
            try:
                yield self._next()
            except StopIteration:
                return

    def _next(self) -> Row:
        line = self._reader.line_num + 1
        try:
            return Row(line, next(self._reader))
        except csv.Error:
            return Row(line, None)
        except (OSError, EOFError, UnicodeError, zlib.error) as error:
            raise ImportFailed("unreadable_file", f"{self.path} is damaged near line {line}") from error

    def bytes_read(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._text.close()
        self._raw.close()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ImportFailed("unreadable_file", f"{path} cannot be opened") from error


def _unpacked(raw: BinaryIO) -> IO[bytes]:
    """Known by its first bytes, whatever the file is called."""
    magic = raw.read(2)
    raw.seek(0)
    if magic == _GZIP:
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=raw)), 256 * 1024)
    return raw
