"""The sink that leads to ingest, in this process."""

from collections.abc import Sequence

from klantbeeld.ingest import accept
from klantbeeld.ingest.sender import Sender
from services.imports.sink import Result, Status

OPERATOR = Sender(name="import", attests=True)
"""Whoever runs an import chose its mapping, and so what counts as `verified`."""

_STATUS: dict[str, Status] = {"accepted": "accepted", "duplicate": "duplicate", "rejected": "rejected"}


class LogSink:
    """Raises `LogUnavailable` as ingest does."""

    def __init__(self, ingest: accept.Ingest, sender: Sender = OPERATOR) -> None:
        self._ingest, self._sender = ingest, sender

    def send(self, events: Sequence[bytes]) -> Sequence[Result]:
        receipt = self._ingest.accept(events, self._sender)
        return [Result(_STATUS[result.status], result.code) for result in receipt.results]
