"""A record as a Kafka message: the CloudEvents Kafka protocol binding, binary content mode, version 1.0.

The key is the owner's token, the value the sealed bytes; everything that a record shows lies in headers. Nothing else in
the system knows how a message looks.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, NamedTuple

from klantbeeld.log.record import Draft, Flags, Record
from klantbeeld.log.sealing import uuid_text

SOURCE: Final = b"urn:klantbeeld"
UNREADABLE: Final = "unreadable"
"""The type of the record that stands in for a message that is none of ours."""
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_PREFIX: Final = "klantbeeld."
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_IDS: Final = re.compile(f"{_UUID} {_UUID}(?: {_UUID})*").fullmatch
_WORD: Final = re.compile("[a-z][a-z0-9_.]{0,63}").fullmatch
_LONG: Final = 1 << 63
_MOST_FLAGS: Final = 1 << 15

Header = tuple[str, bytes]


class Message(NamedTuple):
    """What is given to a producer."""

    key: bytes
    value: bytes
    headers: list[Header]

    @property
    def size(self) -> int:
        """Bytes in memory and on the wire, about."""
        return len(self.key) + len(self.value) + sum(len(name) + len(text) for name, text in self.headers)


class Unreadable(Exception):
    """A message that is no record of ours. It keeps its place: set `stand_in` aside as a dead letter and go on."""

    code = "unreadable_record"

    def __init__(self, partition: int, offset: int, detail: str) -> None:
        super().__init__(f"{self.code} at {partition}.{offset}: {detail}")
        self.partition, self.offset, self.detail = partition, offset, detail

    @property
    def stand_in(self) -> Record:
        return stand_in(self.partition, self.offset)


def message_of(draft: Draft, recorded_at: datetime) -> Message:
    """The message of a draft that was accepted at this time."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", draft.event_key.encode()),
        ("ce_source", SOURCE),
        ("ce_type", (_PREFIX + draft.type).encode()),
        ("ce_time", _time_text(draft.occurred_at)),
        ("ce_recordedat", _time_text(recorded_at)),
        ("ce_sequence", b"%d" % draft.sequence),
        ("ce_tokens", " ".join(draft.tokens).encode()),
        ("ce_flags", b"%d" % draft.flags),
        ("ce_digest", draft.digest.hex().encode()),
    ]
    if draft.channel is not None:
        headers.append(("ce_channel", draft.channel.encode()))
    if draft.direction is not None:
        headers.append(("ce_direction", draft.direction.encode()))
    return Message(draft.owner.encode(), draft.sealed, headers)


def record_from(
    partition: int, offset: int, key: bytes | None, value: bytes | None, headers: Iterable[Header]
) -> Record:
    """The record of a message at its place. Raises `Unreadable`, and nothing else, for what is no record of ours."""
    try:
        found = dict(headers)
        if found["ce_source"] != SOURCE or found["ce_specversion"] != b"1.0" or key is None or value is None:
            raise ValueError("foreign")
        return _record(partition, offset, key.decode("ascii"), value, found)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Unreadable(partition, offset, type(error).__name__) from None


def _record(partition: int, offset: int, owner: str, sealed: bytes, found: dict[str, bytes]) -> Record:
    event_key, tokens = found["ce_id"].decode("ascii"), found["ce_tokens"].decode("ascii")
    if not _IDS(f"{event_key} {owner} {tokens}" if tokens else f"{event_key} {owner}"):
        raise ValueError("ids")
    channel, direction = found.get("ce_channel"), found.get("ce_direction")
    return Record(
        event_key=event_key,
        type=_word(found["ce_type"].decode().removeprefix(_PREFIX)),
        channel=None if channel is None else _word(channel.decode()),
        direction=None if direction is None else _word(direction.decode()),
        occurred_at=_time(found["ce_time"]),
        sequence=_within(int(found["ce_sequence"]), -_LONG, _LONG),
        owner=owner,
        tokens=tuple(tokens.split(" ")) if tokens else (),
        flags=Flags(_within(int(found["ce_flags"]), 0, _MOST_FLAGS)),
        digest=bytes.fromhex(found["ce_digest"].decode("ascii")),
        sealed=bytes(sealed),
        partition=partition,
        position=offset,
        recorded_at=_time(found["ce_recordedat"]),
    )


def stand_in(partition: int, offset: int) -> Record:
    """Keeps positions dense where the topic holds something that is no record of ours, or nothing."""
    place = blake2b(f"{UNREADABLE}\0{partition}\0{offset}".encode(), digest_size=16).digest()
    moment = datetime(1970, 1, 1, tzinfo=UTC)
    return Record(
        event_key=uuid_text(place),
        type=UNREADABLE,
        channel=None,
        direction=None,
        occurred_at=moment,
        sequence=0,
        owner=NOBODY,
        tokens=(),
        flags=Flags.NONE,
        digest=b"",
        sealed=b"",
        partition=partition,
        position=offset,
        recorded_at=moment,
    )


def _time_text(moment: datetime) -> bytes:
    return moment.astimezone(UTC).isoformat().encode()


def _time(text: bytes) -> datetime:
    moment = datetime.fromisoformat(text.decode("ascii"))
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC) if moment.tzinfo else _refused("naive time")
    return moment


def _refused(what: str) -> datetime:
    raise ValueError(what)


def _word(text: str) -> str:
    if not _WORD(text):
        raise ValueError("word")
    return text


def _within(number: int, least: int, beyond: int) -> int:
    if not least <= number < beyond:
        raise ValueError("number")
    return number
