"""Who sends events and what the sender may: sources, types, and whether it may attest identifiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from klantbeeld.domain.events.catalogue import EventType
from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.ruling import CHANGED

CORRECTED_BY_ANOTHER: Final = "send another rules.changed: the last one holds, for the past too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """`sources` and `types` are shell patterns; `attests` lets `verified` stand; `system` opens all reserved types,
    `opens` those that it names.
    """

    name: str
    sources: Sequence[str] = ("*",)
    types: Sequence[str] = ("*",)
    attests: bool = False
    system: bool = False
    opens: Sequence[str] = ()

    def check(self, source: str, event_type: EventType) -> None:
        """Raises `Invalid` when this sender may not send this."""
        if event_type.reserved and not self.system and event_type.name not in self.opens:
            raise Invalid("type_not_allowed", "type")
        if not any(fnmatchcase(event_type.name, pattern) for pattern in self.types):
            raise Invalid("type_not_allowed", "type")
        if not any(fnmatchcase(source, pattern) for pattern in self.sources):
            raise Invalid("source_not_allowed", "source")

    def check_correction(self, source: str, name: str | None) -> None:
        """Whether this sender may correct an event of this source and type; None is a type not known (yet).

        Who may not send an event may not rewrite it. Raises `Invalid`.
        """
        if name == CHANGED:
            raise Invalid("not_correctable", "data.event", CORRECTED_BY_ANOTHER)
        if not any(fnmatchcase(source, pattern) for pattern in self.sources):
            raise Invalid("source_not_allowed", "data.event.source")
        if "*" in self.types:
            return
        if name is None:
            raise Invalid("unknown_event", "data.event")
        if not any(fnmatchcase(name, pattern) for pattern in self.types):
            raise Invalid("type_not_allowed", "data.event")
