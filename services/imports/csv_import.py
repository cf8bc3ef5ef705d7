"""Imports CSV files by a mapping."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.imports.csv_rows import CsvFile
from services.imports.engine import Run
from services.imports.mapping import Mapping
from services.imports.problems import ImportFailed
from services.imports.progress import NO_PROGRESS, Progress
from services.imports.rejects import NoRejects, Rejects, RejectsFile
from services.imports.report import Report
from services.imports.row_events import RowMapper, canonical
from services.imports.sink import Sink
from services.imports.state import ResumeState, fingerprint_of
from services.imports.units import Outcome, Rejected, Skipped, Unit

_EMPTY_LINE = Skipped("empty_line")
_UNREADABLE = Rejected("unreadable_row")


def import_csv(
    mapping: Mapping,
    paths: Sequence[Path],
    sink: Sink,
    *,
    progress: Progress = NO_PROGRESS,
    state: ResumeState | None = None,
    rejects_path: Path | None = None,
) -> Report:
    """Reads the files in their order and sends what their rows become. Blocks; raises `ImportFailed` or what
    the sink raises.

    With `state` an import that was killed goes on where it was and gives the same report as one that was
    not. Without it, or again later, it sends the same events, which the log knows by their ids.
    """
    source = CsvSource(mapping, paths)
    rejects: Rejects = RejectsFile(rejects_path) if rejects_path else NoRejects()
    try:
        return Run(source, sink, progress=progress, rejects=rejects, state=state).go()
    finally:
        rejects.close()


class CsvSource:
    """All files are opened and held against the mapping first, so a wrong one stops nothing half-way."""

    def __init__(self, mapping: Mapping, paths: Sequence[Path]) -> None:
        if not paths:
            raise ImportFailed("no_files", "name at least one file")
        self._mapping, self._paths = mapping, list(paths)
        self._mappers = [_mapper_for(path, mapping) for path in paths]
        self.total_bytes = sum(path.stat().st_size for path in paths)
        self.fingerprint = fingerprint_of(self._paths, mapping.fingerprint)
        self._finished_bytes = 0
        self._open: CsvFile | None = None

    def units(self) -> Iterator[Unit]:
        for number, path in enumerate(self._paths, 1):
            self._open = file = CsvFile(path, self._mapping.layout)
            for line, cells in file.rows():
                if not cells:
                    yield Unit(number, line, None, (cells, b"", False))
                    continue
                text = canonical(cells)
                row = hashlib.sha256(text).digest()
                # In JSON a backslash announces control characters and surrogates: one look finds them all.
                plain = b"\\" not in text and b"\x7f" not in text
                yield Unit(number, line, row[:16], (cells, row, plain))
            file.close()
            self._open = None
            self._finished_bytes += path.stat().st_size

    def convert(self, unit: Unit) -> Outcome:
        cells, row, plain = unit.payload
        if not cells:
            return _UNREADABLE if cells is None else _EMPTY_LINE
        return self._mappers[unit.file - 1](cells, row, plain)

    def cells(self, unit: Unit) -> Sequence[str]:
        cells: Sequence[str] | None = unit.payload[0]
        return cells or ()

    def bytes_read(self) -> int:
        return self._finished_bytes + (self._open.bytes_read() if self._open else 0)


def _mapper_for(path: Path, mapping: Mapping) -> RowMapper:
    file = CsvFile(path, mapping.layout)
    try:
        return RowMapper(mapping, file.header)
    finally:
        file.close()
