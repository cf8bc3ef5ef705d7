"""What can go wrong with an import as a whole, and with one row. No value from a file is ever part of a
message."""


class ImportFailed(Exception):
    """The import cannot start or go on. `code` is stable; the message is for the person who started it."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{detail} ({code})")


class MappingError(ImportFailed):
    """A mapping file is wrong: `where` is the key, as a dotted path, and `line` its line in the file, from
    1."""

    def __init__(self, code: str, detail: str, *, where: str = "", line: int | None = None) -> None:
        self.where, self.line = where, line
        place = " at ".join(part for part in (f"line {line}" if line else "", where) if part)
        super().__init__(code, f"{place}: {detail}" if place else detail)


class BadCell(Exception):
    """One row cannot be mapped. `code` is stable; `column` says where, never what."""

    def __init__(self, code: str, column: str = "") -> None:
        self.code, self.column = code, column
        super().__init__(code)
