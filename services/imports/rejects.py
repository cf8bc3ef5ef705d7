"""The file of rejected rows, for whoever must mend them. It holds customers' data as it stood in the
source."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

WARNING = (
    "{path} will hold the rejected rows as they are, customers' data included: keep it as safe as the source."
)


class Rejects(Protocol):
    def write(self, code: str, column: str, place: str, cells: Sequence[str]) -> None: ...
    def size(self) -> int:
        """Bytes so far; durable when it returns."""
        ...

    def cut(self, size: int) -> None:
        """Goes back to an earlier size: an import resumes there."""
        ...

    def close(self) -> None: ...


class NoRejects:
    def write(self, code: str, column: str, place: str, cells: Sequence[str]) -> None:
        pass

    def size(self) -> int:
        return 0

    def cut(self, size: int) -> None:
        pass

    def close(self) -> None:
        pass


class RejectsFile:
    """CSV, readable by its owner alone: reason, column, place (`file:line`), then the row's cells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file = os.fdopen(handle, "r+b")
        self._dirty = False

    def write(self, code: str, column: str, place: str, cells: Sequence[str]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line).writerow([code, column, place, *cells])
        self._file.write(line.getvalue().encode("utf-8", "surrogateescape"))
        self._dirty = True

    def size(self) -> int:
        if self._dirty:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._dirty = False
        return self._file.tell()

    def cut(self, size: int) -> None:
        self._file.truncate(size)
        self._file.seek(size)

    def close(self) -> None:
        self.size()
        self._file.close()
