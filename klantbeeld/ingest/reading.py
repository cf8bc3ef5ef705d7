"""Reading one event: bytes in, an identified and checked candidate out, or a reason why not.

Pure apart from its arguments: the clock and the sender's rights are given.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from klantbeeld.domain import times
from klantbeeld.domain.events import catalogue
from klantbeeld.domain.events.catalogue import EventType
from klantbeeld.domain.events.markers import Key
from klantbeeld.domain.events.people import GivenIdentifier
from klantbeeld.domain.events.system import RulesChanged
from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.values import value
from klantbeeld.ingest import rules
from klantbeeld.ingest.explain import explain
from klantbeeld.ingest.sender import Sender
from klantbeeld.log.decoding import Envelope, decode_data, decode_envelope

MOST_BYTES = 1024 * 1024
"""How large one event may be: whoever reads holds many of them at once."""

FUTURE = timedelta(hours=24)
"""How far `time` may lie ahead of acceptance."""


@value
class Parsed:
    """An event that holds what its type asks for; identifiers are as the source wrote them."""

    raw: bytes
    source: str
    id: str
    type: EventType
    version: int
    time: datetime
    sequence: int
    history: bool
    data: Any


_names = msgspec.json.Decoder(dict[str, msgspec.Raw])
_key = Key()


def parse(raw: bytes, now: datetime, sender: Sender) -> Parsed:
    """The event in `raw`. Raises `Invalid` with a stable code."""
    if len(raw) > MOST_BYTES:
        raise Invalid("too_large", "", f"at most {MOST_BYTES} bytes an event")
    envelope = _decoded(raw)
    _key.check(envelope.id, "id")
    _key.check(envelope.source, "source")
    if envelope.specversion != "1.0":
        raise Invalid("unknown_specversion", "specversion")
    event_type = catalogue.named(envelope.type)
    sender.check(envelope.source, event_type)
    version = catalogue.version_named(event_type, envelope.dataschema)
    time = _checked_time(envelope.time, now)
    data = _data(raw, bytes(envelope.data), event_type, version)
    if isinstance(data, RulesChanged):
        rules.check(data, time)
    return Parsed(
        raw=raw,
        source=envelope.source,
        id=envelope.id,
        type=event_type,
        version=version,
        time=time,
        sequence=_checked_sequence(envelope.sequence),
        history=envelope.history,
        data=data,
    )


def named_in(raw: bytes) -> tuple[str | None, str | None]:
    """`source` and `id` as far as they can be read, to name a rejected event to its sender."""
    try:
        found = _names.decode(raw)
        return _text(found.get("source")), _text(found.get("id"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, None


def _decoded(raw: bytes) -> Envelope:
    try:
        return decode_envelope(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain(error, raw, None, 1) from None


def _data(raw: bytes, data: bytes, event_type: EventType, version: int) -> Any:
    try:
        return decode_data(data, event_type, version)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Invalid) as error:
        raise explain(error, raw, event_type, version) from None


def _checked_time(time: datetime, now: datetime) -> datetime:
    if time.tzinfo is None:
        raise Invalid("missing_offset", "time")
    if not times.EARLIEST <= time < times.LATEST:
        raise Invalid("time_out_of_range", "time", "from 1900")
    if time > now + FUTURE:
        raise Invalid("time_in_future", "time", "at most 24 hours ahead")
    return time.astimezone(UTC)


def _checked_sequence(sequence: int | None) -> int:
    if sequence is None:
        return 0
    if not -(2**63) <= sequence < 2**63:
        raise Invalid("out_of_range", "sequence", "64 bits")
    return sequence


def _text(raw: msgspec.Raw | None) -> str | None:
    if raw is None:
        return None
    value = msgspec.json.decode(raw)
    return value[:255] if isinstance(value, str) else None


class _Identified(msgspec.Struct):
    identifiers: tuple[GivenIdentifier, ...] = ()


def decode_identifiers(data: Mapping[str, Any]) -> tuple[GivenIdentifier, ...]:
    """The identifiers in untyped data, such as that of a correction. Raises `Invalid`."""
    try:
        return msgspec.convert(data, _Identified).identifiers
    except msgspec.ValidationError:
        raise Invalid("bad_value", "data.data.identifiers") from None
