"""The content digest: one number for all that an agent can see, to compare logs, read models, installations.

It is the sum of a hash for each item, so the items may come in any order, in parts, and be taken away
again. In it are identifiers in place of tokens. Not in it are positions, `recorded_at`, ids that derive
from tokens or keys, entity versions, refused joins, customers without entries, and whatever depends on
the clock.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.folds import BY_KIND
from klantbeeld.domain.picture import Picture
from klantbeeld.domain.profiles import ProfileState, display_name, merge_all
from klantbeeld.domain.times import to_text

Name = tuple[str, str]
"""Type and normalised value of an identifier."""

_SIZE: Final = 2**256
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_AS_THEY_ARE: Final = frozenset({str, int, bool})
_TOKENS: Final = frozenset({("ProfileState", "external_id"), ("InteractionState", "attributed_to")})
"""The fields of states that hold a token."""


class Digest:
    """A sum of item digests, modulo 2**256."""

    __slots__ = ("_sum",)

    def __init__(self) -> None:
        self._sum = 0

    def add(self, item: int) -> None:
        self._sum = (self._sum + item) % _SIZE

    def remove(self, item: int) -> None:
        self._sum = (self._sum - item) % _SIZE

    def merge(self, other: "Digest") -> None:
        self._sum = (self._sum + other._sum) % _SIZE

    def hex(self) -> str:
        return f"{self._sum:064x}"


def label(identifiers: Iterable[Name]) -> bytes:
    """Whose an item is: all identifiers of a customer, one that is shared or junk alone, none for
    nobody's.
    """
    return sha256(_json(["label", *sorted(identifiers)])).digest()


def customer_item(label: bytes, shown_as: str | None) -> int:
    """A customer who has entries."""
    return _item(label, b"customer", _json(shown_as))


def entry_item(
    label: bytes, source: str, id: str, type: str, occurred_at: datetime, sequence: int, raw_data: bytes
) -> int:
    """One entry of the timeline; `raw_data` as it now stands. None of the texts may hold a zero character."""
    since = occurred_at - _EPOCH
    head = f"entry\0{type}\0{since.days}.{since.seconds}.{since.microseconds}\0{sequence}\0{source}\0{id}\0"
    return int.from_bytes(sha256(label + head.encode() + raw_data).digest(), "big")


def entity_item(
    label: bytes, kind: str, external_id: str, visible: bool, state: Any, name_of: Callable[[Token], Name]
) -> int:
    """One folded entity."""
    named = name_of(external_id) if kind == "profile" else external_id
    return _item(label, b"entity", _json([kind, named, visible, plain(state, name_of)]))


def plain(value: Any, name_of: Callable[[Token], Name]) -> Any:
    """A state as JSON has it: times as text, tokens as identifiers, whole numbers without a point, no empty
    fields.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: plain(inner, name_of) for key, inner in value.items()}
    if is_dataclass(value):
        return _plain_fields(value, name_of)
    return [plain(inner, name_of) for inner in value]


def content_digest(picture: Picture) -> str:
    """The digest of a picture, in hexadecimal."""
    names = {token: (one.type, one.value) for token, one in picture.known.items()}
    labels = _Labels(picture, names)
    digest = Digest()
    for head, states in _profiles(picture).items():
        digest.add(customer_item(labels.of(head), display_name(merge_all(states))))
    for entry in picture.entries:
        event, order = entry.event, entry.event.order
        digest.add(
            entry_item(
                labels.of(event.owner),
                order.source,
                order.id,
                event.type,
                order.occurred_at,
                order.sequence,
                event.raw_data,
            )
        )
    for (kind, external_id), entity in picture.entities.items():
        visible = BY_KIND[kind].shelve(entity.state).visible
        of = labels.of(entity.owner)
        digest.add(entity_item(of, kind, external_id, visible, entity.state, names.__getitem__))
    return digest.hex()


class _Labels:
    """The label of whatever an identifier owns, each made once."""

    def __init__(self, picture: Picture, names: Mapping[Token, Name]) -> None:
        self._picture, self._names = picture, names
        self._made: dict[Token, bytes] = {}

    def of(self, owner: Token) -> bytes:
        head = self._picture.head_of(owner) or owner
        made = self._made.get(head)
        if made is None:
            members = self._picture.customers().get(head, {head})
            made = label(self._names[token] for token in members if token in self._names)
            self._made[head] = made
        return made


def _profiles(picture: Picture) -> dict[Token, list[ProfileState]]:
    """Of each customer with entries the profiles under each identifier."""
    heads = {picture.head_of(entry.event.owner) for entry in picture.entries}
    found: dict[Token, list[ProfileState]] = {head: [] for head in heads if head}
    for (kind, owner), entity in picture.entities.items():
        head = picture.head_of(owner) if kind == "profile" else None
        if head:
            found[head].append(entity.state)
    return found


def _plain_fields(state: Any, name_of: Callable[[Token], Name]) -> dict[str, Any]:
    found = {}
    cls: Any = type(state)
    for name, is_token in _fields(cls):
        value = getattr(state, name)
        if is_token and value:
            found[name] = list(name_of(value))
        elif type(value) in _AS_THEY_ARE:
            found[name] = value
        elif value is not None and value != () and value != {}:
            found[name] = plain(value, name_of)
    return found


@cache
def _fields(cls: type) -> tuple[tuple[str, bool], ...]:
    return tuple((field.name, (cls.__name__, field.name) in _TOKENS) for field in fields(cls))


def _item(label: bytes, kind: bytes, content: bytes) -> int:
    return int.from_bytes(sha256(label + kind + b"\0" + content).digest(), "big")


def _json(value: Any) -> bytes:
    return _encode(value).encode()
