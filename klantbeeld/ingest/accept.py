"""The one write path: read, identify, seal, append; a result for every event, durable when it returns."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from klantbeeld.domain.events.event import EventKey, Token
from klantbeeld.domain.events.system import EventCorrected
from klantbeeld.domain.identifiers import Identifier
from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.values import value
from klantbeeld.ingest.identify import Identities, identities
from klantbeeld.ingest.reading import Parsed, named_in, parse
from klantbeeld.ingest.sender import Sender
from klantbeeld.ingest.together import Together
from klantbeeld.log import positions
from klantbeeld.log.port import (
    Claim,
    EpochMoved,
    EventLog,
    KeyStore,
    LogUnavailable,
    Outcome,
    Placed,
    Repeated,
)
from klantbeeld.log.record import Draft, Flags, Record
from klantbeeld.log.sealing import Body, IdentifierText, Names, SealBroken, open_body, seal_body

ATTEMPTS = 5
FEW = 20
"""Events in a call up to which it is recorded together with others of the same moment."""
TARGET_WAIT = 2.0
"""Seconds that a correction may wait for what it corrects, where the log learns a little later what others appended."""


@value
class Result:
    """What became of one event. `status`: `accepted`, `duplicate` or `rejected`."""

    source: str | None
    id: str | None
    status: str
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to one call: results in input order, and the position up to which a read sees them all."""

    results: tuple[Result, ...]
    position: str | None
    keys: tuple[EventKey | None, ...] = ()

    def count(self, status: str) -> int:
        return sum(result.status == status for result in self.results)


@value
class _Candidate:
    parsed: Parsed
    identities: Identities
    key: EventKey
    owner: Token | None = None
    """Set when the owner is that of an event in the log."""
    lender: Identifier | None = None
    """Set when the owner is that of another event of the same call."""

    def pairs(self) -> list[tuple[str, str]]:
        """Type and value of everything that needs a token: its own identifiers first."""
        pairs = _pairs(self.identities)
        return [*pairs, (self.lender.type, self.lender.value)] if self.lender else pairs


class Ingest:
    """Takes events in. Safe for threads. `clock` gives now; `region` and `zone` are the installation's."""

    def __init__(
        self,
        log: EventLog,
        keys: KeyStore,
        names: Names,
        clock: Callable[[], datetime],
        region: str,
        zone: str,
    ) -> None:
        self._log, self._keys, self._names, self._clock = log, keys, names, clock
        self._region, self._zone = region, zone
        self.together = Together(self._append_these, everybodys=LogUnavailable)

    def accept(self, raws: Sequence[bytes], sender: Sender, claim: Claim | None = None) -> Receipt:
        """Record the events; a bad one is rejected alone. Raises `LogUnavailable` and `ClaimLost`: nothing recorded."""
        now = self._clock()
        read = [self._read(raw, sender, now) for raw in raws]
        read = self._with_owners(read, sender)
        candidates = [item for item in read if isinstance(item, _Candidate)]
        outcomes = iter(self._append(candidates, claim)) if candidates else iter(())
        results, places = [], []
        for item in read:
            if isinstance(item, Result):
                results.append(item)
                continue
            outcome = next(outcomes)
            places.append((outcome.partition, outcome.position))
            results.append(self._result(item, outcome))
        keys = tuple(item.key if isinstance(item, _Candidate) else None for item in read)
        return Receipt(results=tuple(results), position=positions.to_text(places), keys=keys)

    def _read(self, raw: bytes, sender: Sender, now: datetime) -> "_Candidate | Result":
        try:
            parsed = parse(raw, now, sender)
            found = identities(parsed, sender, self._region)
        except Invalid as problem:
            return _rejected(raw, problem)
        return _Candidate(parsed=parsed, identities=found, key=self._names.event(parsed.source, parsed.id))

    def _with_owners(
        self, read: "Sequence[_Candidate | Result]", sender: Sender
    ) -> "list[_Candidate | Result]":
        """Look up what corrections correct: it tells whether the sender may, and whose it is if they do not say."""
        corrections = [item for item in read if isinstance(item, _Candidate) and _corrects(item)]
        if not corrections:
            return list(read)
        recorded = self._log.find(sorted({self._target(item) for item in corrections}), wait=TARGET_WAIT)
        beside = {item.key: item for item in read if isinstance(item, _Candidate) and not _corrects(item)}
        return [self._owned(item, recorded, beside, sender) for item in read]

    def _owned(
        self,
        item: "_Candidate | Result",
        recorded: Mapping[EventKey, Record],
        beside: "Mapping[EventKey, _Candidate]",
        sender: Sender,
    ) -> "_Candidate | Result":
        if isinstance(item, Result) or not _corrects(item):
            return item
        record, other = recorded.get(self._target(item)), beside.get(self._target(item))
        name = record.type if record else other.parsed.type.name if other else None
        try:
            sender.check_correction(item.parsed.data.event.source, name)
        except Invalid as problem:
            return _rejected(item.parsed.raw, problem)
        if item.identities.owner is not None:
            return item
        if record is not None:
            return replace(item, owner=record.owner)
        if other is not None and other.identities.owner is not None:
            return replace(item, lender=other.identities.identifiers[other.identities.owner])
        return _rejected(item.parsed.raw, Invalid("unknown_event", "data.event"))

    def _target(self, item: _Candidate) -> EventKey:
        named = item.parsed.data.event
        return self._names.event(named.source, named.id)

    def _append(self, candidates: Sequence[_Candidate], claim: Claim | None) -> Sequence[Outcome]:
        if claim or len(candidates) > FEW or any(map(_corrects, candidates)):
            return self._append_these(candidates, claim)
        return self.together.do(candidates)

    def _append_these(self, candidates: Sequence[_Candidate], claim: Claim | None = None) -> list[Outcome]:
        for attempt in range(ATTEMPTS):
            epoch = self._keys.epoch(fresh=attempt > 0)
            try:
                return self._log.append(self._drafts(candidates), epoch=epoch, claim=claim)
            except EpochMoved:
                continue
        raise LogUnavailable("erasures without end")

    def _drafts(self, candidates: Sequence[_Candidate]) -> list[Draft]:
        wanted = dict.fromkeys(pair for item in candidates for pair in item.pairs())
        token_of = dict(zip(wanted, self._keys.tokens(list(wanted)), strict=True))
        tokens = [tuple(token_of[pair] for pair in item.pairs()) for item in candidates]
        owners = [_owner(item, own) for item, own in zip(candidates, tokens, strict=True)]
        keys = self._keys.keys(owners)
        return [
            self._draft(item, own, owner, keys)
            for item, own, owner in zip(candidates, tokens, owners, strict=True)
        ]

    def _draft(
        self, item: _Candidate, tokens: tuple[Token, ...], owner: Token, keys: Mapping[Token, bytes | None]
    ) -> Draft:
        key = keys.get(owner)
        if key is None:
            raise EpochMoved
        parsed, data = item.parsed, item.parsed.data
        return Draft(
            event_key=item.key,
            type=parsed.type.name,
            channel=getattr(data, "channel", None),
            direction=getattr(data, "direction", None),
            occurred_at=parsed.time,
            sequence=parsed.sequence,
            owner=owner,
            tokens=tokens,
            flags=_flags(parsed),
            digest=self._names.content(parsed.raw),
            sealed=seal_body(key, self._body(item), item.key),
        )

    def _body(self, item: _Candidate) -> Body:
        found = item.identities
        return Body(
            raw=item.parsed.raw,
            identifiers=[_text(one) for one in found.identifiers],
            owner=-1 if found.owner is None else found.owner,
            zone=self._zone,
            pointed=_text(found.pointed) if found.pointed else None,
        )

    def _result(self, item: _Candidate, outcome: Outcome) -> Result:
        source, id_ = item.parsed.source, item.parsed.id
        if isinstance(outcome, Placed):
            return Result(source=source, id=id_, status="accepted")
        code = None if outcome.same or self._says_the_same(item, outcome) else "differs"
        detail = "another event with this source and id was recorded before; it stays" if code else None
        return Result(source=source, id=id_, status="duplicate", code=code, detail=detail)

    def _says_the_same(self, item: _Candidate, outcome: Repeated) -> bool:
        """Whether the recorded event differs in nothing but white space and the order of members."""
        record = self._log.find([item.key]).get(item.key)
        key = self._keys.keys([record.owner]).get(record.owner) if record else None
        if record is None or key is None:
            return False
        try:
            recorded = open_body(key, record.sealed, record.event_key).raw
        except SealBroken:
            return False
        return bool(_canonical(recorded) == _canonical(item.parsed.raw))


def _pairs(found: Identities) -> list[tuple[str, str]]:
    pairs = [(one.type, one.value) for one in found.identifiers]
    return [*pairs, (found.pointed.type, found.pointed.value)] if found.pointed else pairs


def _corrects(item: _Candidate) -> bool:
    return isinstance(item.parsed.data, EventCorrected)


def _owner(item: _Candidate, tokens: Sequence[Token]) -> Token:
    if item.lender:
        return tokens[-1]
    if item.identities.owner is None:
        assert item.owner
        return item.owner
    return tokens[item.identities.owner]


def _text(one: Identifier) -> IdentifierText:
    return IdentifierText(one.type, one.value, int(one.strength))


def _flags(parsed: Parsed) -> Flags:
    flags = Flags.HISTORY if parsed.history else Flags.NONE
    return flags | Flags.AUTO if getattr(parsed.data, "auto", None) else flags


def _rejected(raw: bytes, problem: Invalid) -> Result:
    source, id_ = named_in(raw)
    detail = ": ".join(part for part in (problem.field, problem.hint) if part)
    return Result(source=source, id=id_, status="rejected", code=problem.code, detail=detail or None)


def _canonical(raw: bytes) -> Any:
    """A value that is equal for equal events; numbers are compared as they were written."""
    return json.loads(raw, parse_float=lambda text: ("number", text), parse_int=lambda text: ("number", text))
