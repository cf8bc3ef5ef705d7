"""Where an import hands its events to, as a port. The adapter belongs to whoever wires the import."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

BATCH_EVENTS = 1000
BATCH_BYTES = 4 * 1024 * 1024

Status = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event. `code` is the reason of a rejection, or `differs` of a duplicate with other
    content."""

    status: Status
    code: str | None = None


class Sink(Protocol):
    def send(self, events: Sequence[bytes]) -> Sequence[Result]:
        """Takes at most 1,000 CloudEvents, each one JSON text, and answers in their order.

        Blocks until the accepted ones are durable. Sending an event again is safe and answers `duplicate`.
        Raises when the log is out of reach: then nothing is known about the batch, and the import stops
        where it can be resumed.
        """
        ...
