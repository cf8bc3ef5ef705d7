"""From sealed records to events. What cannot be opened is said with a reason; nothing is lost silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.events.event import Event, FoldOrder, Identified, Token
from klantbeeld.domain.events.markers import trusted
from klantbeeld.domain.problems import Invalid
from klantbeeld.log.decoding import decode_data, decode_head, version_in
from klantbeeld.log.port import KeyStore
from klantbeeld.log.record import Flags, Record
from klantbeeld.log.sealing import Body, SealBroken, open_body


class KeyStoreIncomplete(Exception):
    """A record belongs to a token that the key store does not know. Restore the key store that goes with this log."""

    code = "key_store_incomplete"


@dataclass(frozen=True, slots=True)
class Shredded:
    """A record of somebody who was erased: it can never be read again."""

    record: Record


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that cannot be made an event of, with the reason code; `detail` holds no customer data."""

    record: Record
    reason: str
    detail: str


Opened = Event | Shredded | Poison
_HISTORY = int(Flags.HISTORY)


def open_records(records: Sequence[Record], keys: KeyStore) -> list[Opened]:
    """Each record as an event, or why not. Raises `KeyStoreIncomplete`."""
    found = keys.keys([record.owner for record in records])
    with trusted():
        return [_opened(record, found) for record in records]


def _opened(record: Record, keys: Mapping[Token, bytes | None]) -> Opened:
    if record.type not in CATALOGUE:
        return Poison(record, "unreadable_record", "")
    if record.owner not in keys:
        raise KeyStoreIncomplete(record.owner)
    key = keys[record.owner]
    if key is None:
        return Shredded(record)
    try:
        return _event(record, open_body(key, record.sealed, record.event_key))
    except SealBroken as error:
        return Poison(record, error.code, "")
    except Invalid as problem:
        return Poison(record, problem.code, problem.field)
    except (msgspec.MsgspecError, KeyError, ValueError, RecursionError) as error:
        return Poison(record, "unreadable_record", type(error).__name__)


def _event(record: Record, body: Body) -> Event:
    head = decode_head(body.raw)
    event_type = CATALOGUE[record.type]
    version, data = version_in(head.dataschema), bytes(head.data)
    return Event(
        key=record.event_key,
        type=record.type,
        order=FoldOrder(record.occurred_at, record.sequence, head.source, head.id),
        recorded_at=record.recorded_at,
        owner=record.owner,
        identifiers=tuple(
            Identified(token, one.type, one.value, one.strength)
            for token, one in zip(record.tokens, body.identifiers, strict=False)
        ),
        data=decode_data(data, event_type, version),
        raw_data=data,
        version=version,
        history=bool(int(record.flags) & _HISTORY),
        zone=body.zone,
        pointed=record.tokens[-1] if body.pointed else None,
        pointed_at=_pointed(record, body),
        position=record.position,
        partition=record.partition,
    )


def _pointed(record: Record, body: Body) -> Identified | None:
    if body.pointed is None:
        return None
    return Identified(record.tokens[-1], body.pointed.type, body.pointed.value, body.pointed.strength)
