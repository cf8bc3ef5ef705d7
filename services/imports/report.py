"""The account of an import: every row that was read is imported, rejected or skipped, for a reason that is
counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LINES_SHOWN = 20


@dataclass(slots=True, kw_only=True)
class Report:
    """Rows: `read = imported + rejected + sum(skipped)`. Events: `events = stored + duplicates`.

    A row of which the log refused an event counts as rejected for the first such reason; those of its events
    that the log took still count in `events`, the refused ones in `refused`. `repaired` counts rows that had
    to be mended (characters that no text may hold, unreadable charsets); they are imported all the same.
    """

    read: int = 0
    imported: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected_reasons: Counter[str] = field(default_factory=Counter)
    rejected_lines: dict[str, list[str]] = field(default_factory=dict)
    repaired: Counter[str] = field(default_factory=Counter)
    events: int = 0
    stored: int = 0
    duplicates: int = 0
    differs: int = 0
    refused: int = 0

    def reject(self, code: str, place: str) -> None:
        """`place` is `file:line`, both counted from 1. The first lines of each reason are remembered."""
        self.rejected += 1
        self.rejected_reasons[code] += 1
        lines = self.rejected_lines.setdefault(code, [])
        if len(lines) < LINES_SHOWN:
            lines.append(place)

    def adds_up(self) -> bool:
        rows = self.imported + self.rejected + self.skipped.total()
        return (
            self.read == rows
            and self.events == self.stored + self.duplicates
            and self.rejected == self.rejected_reasons.total()
        )

    def check(self) -> None:
        """Raises when the account does not add up: that is a fault of the importer, never of a file."""
        if not self.adds_up():
            raise AssertionError(f"the import report does not add up: {self.as_json()}")

    def as_json(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "imported": self.imported,
            "rejected": self.rejected,
            "skipped": dict(sorted(self.skipped.items())),
            "rejected_reasons": dict(sorted(self.rejected_reasons.items())),
            "rejected_lines": {code: list(lines) for code, lines in sorted(self.rejected_lines.items())},
            "repaired": dict(sorted(self.repaired.items())),
            "events": self.events,
            "stored": self.stored,
            "duplicates": self.duplicates,
            "differs": self.differs,
            "refused": self.refused,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> "Report":
        counters = {name: Counter(saved[name]) for name in ("skipped", "rejected_reasons", "repaired")}
        return cls(**{**saved, **counters})
