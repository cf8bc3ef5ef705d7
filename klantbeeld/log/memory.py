"""The log and the key store in memory: for tests, and the plainest statement of what the ports promise."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from klantbeeld.domain.events.event import EventKey, Token
from klantbeeld.log.port import Claim, ClaimLost, EpochMoved, Outcome, Placed, Repeated
from klantbeeld.log.record import Draft, Record
from klantbeeld.log.sealing import new_key, new_token


class MemoryLog:
    """One partition. `clock` gives the time of acceptance."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._epoch = clock, 0
        self._records: list[Record] = []
        self._by_key: dict[EventKey, Record] = {}
        self._claims: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._grown = threading.Condition()

    def append(self, drafts: Sequence[Draft], *, epoch: int, claim: Claim | None = None) -> list[Outcome]:
        with self._grown:
            if epoch != self._epoch:
                raise EpochMoved
            now = self._clock()
            if claim and any(draft.event_key not in self._by_key for draft in drafts):
                self._settle(claim, now)
            outcomes = [self._place(draft, now) for draft in drafts]
            self._grown.notify_all()
            return outcomes

    def _settle(self, claim: Claim, now: datetime) -> None:
        held = self._claims.setdefault((claim.entity, claim.etag), (claim.by, now))
        if held != (claim.by, now) or held[1] is not now:
            raise ClaimLost(*held)

    def _place(self, draft: Draft, now: datetime) -> Outcome:
        known = self._by_key.get(draft.event_key)
        if known:
            return Repeated(0, known.position, known.digest == draft.digest)
        values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
        record = Record(**values, partition=0, position=len(self._records), recorded_at=now)
        self._records.append(record)
        self._by_key[draft.event_key] = record
        return Placed(0, record.position, now)

    def read(self, partition: int, start: int, limit: int) -> list[Record]:
        return self._records[start : start + limit] if partition == 0 else []

    def find(self, keys: Sequence[EventKey], *, wait: float = 0.0) -> dict[EventKey, Record]:
        return {key: self._by_key[key] for key in keys if key in self._by_key}

    def ends(self) -> Mapping[int, int]:
        return {0: len(self._records)}

    def wait(self, partition: int, start: int, timeout: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: len(self._records) > start, timeout)


class MemoryKeyStore:
    """Tokens and keys in two dictionaries."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], Token] = {}
        self._keys: dict[Token, bytes | None] = {}
        self._making = threading.Lock()

    def tokens(self, identifiers: Sequence[tuple[str, str]]) -> list[Token]:
        with self._making:
            for identifier in identifiers:
                if identifier not in self._tokens:
                    token = new_token()
                    self._keys[token] = new_key()
                    self._tokens[identifier] = token
            return [self._tokens[identifier] for identifier in identifiers]

    def find(self, identifiers: Sequence[tuple[str, str]]) -> list[Token | None]:
        return [self._tokens.get(identifier) for identifier in identifiers]

    def keys(self, tokens: Sequence[Token]) -> Mapping[Token, bytes | None]:
        return {token: self._keys[token] for token in tokens if token in self._keys}

    def epoch(self, *, fresh: bool = False) -> int:
        return 0
