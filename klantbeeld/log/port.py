"""The ports of the log: what the rest of the system may rely on, whatever stands behind them.

The promises below are tested once (`tests/contracts/`) and run against every adapter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from klantbeeld.domain.events.event import EventKey, Token
from klantbeeld.log.record import Draft, Record


@dataclass(frozen=True, slots=True)
class Placed:
    """The draft is in the log, durably, at this position."""

    partition: int
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event was recorded before, at this position; `same` tells whether the bytes were equal."""

    partition: int
    position: int
    same: bool


Outcome = Placed | Repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A command's claim on the state it saw: of all claims on one (entity, etag) exactly one wins."""

    entity: str
    etag: str
    by: str


class ClaimLost(Exception):
    """Another command on the same state came first. `by` is its principal, `at` the time it was recorded."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__("claim_lost")
        self.by, self.at = by, at


class EpochMoved(Exception):
    """Something was erased since the keys were read: read them again and seal anew. Nothing was appended."""


class LogUnavailable(Exception):
    """The log cannot take or give records now; nothing was appended. Try again later."""

    code = "log_unavailable"


class EventLog(Protocol):
    """Records in dense positions, from 0, per partition, each event key once for ever."""

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        """Append all or none; durable when it returns. Safe for any number of callers at once.

        The outcomes are in the order of the drafts; a key that stands twice among them is placed once.
        Raises `ClaimLost`, `EpochMoved`, `LogUnavailable`.
        """

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        """Up to `limit` records from position `start` on, in order, without gaps. Does not wait.

        Fewer may come when they are large; at least one does, when there is one.
        """

    def find(self, keys: Sequence[EventKey], *, wait: float = 0.0) -> dict[EventKey, Record]:
        """The records of these event keys, where there are any.

        A log that knows what it holds only from the read models waits up to `wait` seconds for them to come as far as the
        log does now, before it says that there is none.
        """

    def ends(self) -> Mapping[int, int]:
        """For each partition the position that the next record will get."""

    def wait(self, partition: int, start: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds for a record at `start`; whether there is one. May wake early."""


class KeyStore(Protocol):
    """Identifiers, the tokens that stand for them, and the data keys that seal what they own."""

    def tokens(self, identifiers: Sequence[tuple[str, str]]) -> list[Token]:
        """The token of each (type, normalised value), made when there is none yet. Durable when it returns."""

    def find(self, identifiers: Sequence[tuple[str, str]]) -> list[Token | None]:
        """The token of each, without making any."""

    def keys(self, tokens: Sequence[Token]) -> Mapping[Token, bytes | None]:
        """The data key of each token; None for an erased one; a token nobody knows is left out."""

    def epoch(self, *, fresh: bool = False) -> int:
        """Grows with every erasure. Keys read before it grew must not seal anything after.

        It is the epoch that the keys at hand were read in; `fresh` looks for a newer one first.
        """
