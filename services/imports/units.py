"""What every way of reading gives the importer: units (a CSV row, a mail) and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Unit(NamedTuple):
    """One row or mail. `place` is `file:line`; `digest` names its content (16 bytes; None when it could not
    be read)."""

    file: int
    line: int
    digest: bytes | None
    payload: Any

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rejected:
    code: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    reason: str


class Converted(NamedTuple):
    """The events of a unit, each as JSON. `repairs` names what had to be mended in it."""

    events: list[bytes]
    repairs: tuple[str, ...] = ()


Outcome = Converted | Skipped | Rejected


class Source(Protocol):
    """Files opened for one import. The order of units is the same every time."""

    fingerprint: str
    total_bytes: int

    def units(self) -> Iterator[Unit]: ...
    def convert(self, unit: Unit) -> Outcome: ...
    def cells(self, unit: Unit) -> Sequence[str]:
        """The unit as the rejects file shows it."""
        ...

    def bytes_read(self) -> int: ...
