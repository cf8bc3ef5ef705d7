"""From bytes to typed events: the CloudEvents envelope, the data of each type, upcasting."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from klantbeeld.domain.events.catalogue import CATALOGUE, EventType


class Envelope(msgspec.Struct, frozen=True):
    """The CloudEvents attributes that we read; others are kept in the raw bytes."""

    id: str
    source: str
    type: str
    time: datetime
    data: msgspec.Raw
    specversion: str = "1.0"
    dataschema: str | None = None
    datacontenttype: str | None = None
    sequence: int | None = None
    history: bool = False


class _Head(msgspec.Struct, frozen=True):
    """What is read again of an event that was accepted before."""

    id: str
    source: str
    data: msgspec.Raw
    dataschema: str | None = None


decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_head = msgspec.json.Decoder(_Head).decode


def decode_data(data: bytes, event_type: EventType, version: int) -> Any:
    """The typed data, upcast to the newest version. Raises msgspec errors and `Invalid`."""
    if version == event_type.version and not _renamed(event_type.data):
        return _decoder(event_type.data)(data)
    return convert_data(msgspec.json.decode(data, type=dict[str, Any]), event_type, version)


def convert_data(plain: Mapping[str, Any], event_type: EventType, version: int) -> Any:
    """Typed data from plain values. Raises msgspec errors and `Invalid`."""
    found = event_type.upcast(dict(plain), version)
    for ours, theirs in _renamed(event_type.data).items():
        if theirs in found:
            found[ours] = found.pop(theirs)
    return msgspec.convert(found, event_type.data)


def convert_named(name: str, version: int, plain: Mapping[str, Any]) -> Any:
    """`convert_data` for a type given by name."""
    return convert_data(plain, CATALOGUE[name], version)


def version_in(dataschema: str | None) -> int:
    """The version that the `dataschema` of an accepted event names."""
    return int(dataschema.rpartition(":")[2]) if dataschema else 1


def _renamed(cls: type) -> Mapping[str, str]:
    return getattr(cls, "RENAMED", {})


@cache
def _decoder(cls: type) -> Any:
    return msgspec.json.Decoder(cls).decode
