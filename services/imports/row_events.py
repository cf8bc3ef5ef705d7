"""Rows into events: a mapping bound to the columns of one file. Runs for each row, so it is built of
closures made once."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from services.imports.mapping import EventRule, GivenIdentifier, Mapping
from services.imports.problems import BadCell
from services.imports.slots import Cells, Getter, Slots, is_unfit
from services.imports.units import Converted, Outcome, Rejected, Skipped

_encode = msgspec.json.Encoder().encode
_NO_TIME = Rejected("no_time")
_NO_IDENTIFIER = Rejected("no_identifier")
_WRONG_LENGTH = Rejected("cell_count")
_TEXT_MENDED = ("unfit_characters",)

Maker = Callable[[Cells, list[dict[str, str]], bytes], "bytes | Rejected | None"]


def canonical(cells: Sequence[str]) -> bytes:
    """What a row's name is made from: its cells as they stand, as one compact JSON array in UTF-8."""
    try:
        return _encode(cells)
    except UnicodeEncodeError:
        return json.dumps(list(cells), separators=(",", ":")).encode()


class RowMapper:
    """Bound to one header. Raises `MappingError` when the mapping names a column that the file lacks."""

    def __init__(self, mapping: Mapping, header: Sequence[str]) -> None:
        layout = mapping.layout
        slots = Slots(header=header, names=layout.columns, trim=layout.trim, nulls=layout.nulls)
        self._width = len(header)
        self._aside = [(Rejected(rule.reason), rule.when.bind(slots)) for rule in mapping.rejects]
        self._aside += [(Skipped(rule.reason), rule.when.bind(slots)) for rule in mapping.skips]  # type: ignore[misc]
        self._identifiers = _identifiers(mapping.identifiers, slots)
        self._makers = tuple(_maker(rule, mapping.source, slots) for rule in mapping.events)
        self._read, self._mend = slots.reader()

    def __call__(self, cells: Sequence[str], row: bytes, plain: bool) -> Outcome:
        """`row` is the SHA-256 of the canonical row; `plain` says that no cell holds control characters or
        surrogates."""
        if len(cells) != self._width:
            return _WRONG_LENGTH
        read = (self._read if plain else self._mend)(cells, row.hex()[:32])
        for outcome, test in self._aside:
            if test(read):
                return outcome
        try:
            found = self._events(read, row)
        except BadCell as bad:
            return Rejected(bad.code, bad.column)
        if isinstance(found, Rejected):
            return found
        mended = not plain and any(map(is_unfit, cells))
        return Converted(found, _TEXT_MENDED if mended else ())

    def _events(self, read: Cells, row: bytes) -> list[bytes] | Rejected:
        identifiers = self._identifiers(read)
        events = []
        for make in self._makers:
            made = make(read, identifiers, row)
            if isinstance(made, bytes):
                events.append(made)
            elif made is not None:
                return made
        return events


def _maker(rule: EventRule, source: str, slots: Slots) -> Maker:
    when = rule.when.bind(slots) if rule.when else None
    time = rule.time.bind(slots)
    sequence = rule.sequence.bind(slots) if rule.sequence else None
    own = _identifiers(rule.identifiers, slots) if rule.identifiers else None
    data = _fresh(rule, slots)
    suffix = b"\n" + rule.name.encode()
    head = _encode(
        {"specversion": "1.0", "source": source, "type": f"klantbeeld.{rule.type}", "history": True}
    )
    begin = head[:-1].decode() + ',"id":"'

    def make(cells: Cells, shared: list[dict[str, str]], row: bytes) -> bytes | Rejected | None:
        if when is not None and not when(cells):
            return None
        at = time(cells)
        if at is None:
            return _NO_TIME
        identifiers = shared if own is None else shared + own(cells)
        if not identifiers:
            return _NO_IDENTIFIER
        name = hashlib.sha256(row + suffix).hexdigest()[:32]
        place = sequence(cells) if sequence is not None else 0
        order = f',"sequence":{place}' if place else ""
        filled = data(cells)
        filled["identifiers"] = identifiers
        return f'{begin}{name}","time":"{at}"{order},"data":'.encode() + _encode(filled) + b"}"

    return make


def _fresh(rule: EventRule, slots: Slots) -> Callable[[Cells], dict[str, Any]]:
    """The event's data as an object of its own, for identifiers to be put into."""
    if rule.data is None or rule.data.constant is not None:
        constant = rule.data.constant if rule.data else {}
        return lambda _cells: dict(constant)
    get = rule.data.bind(slots)
    return lambda cells: get(cells) or {}


def _identifiers(given: Sequence[GivenIdentifier], slots: Slots) -> Callable[[Cells], list[dict[str, str]]]:
    bound = [
        (identifier.when.bind(slots) if identifier.when else None, _whole(identifier, slots))
        for identifier in given
    ]

    def read(cells: Cells) -> list[dict[str, str]]:
        return [
            found
            for when, get in bound
            if (when is None or when(cells)) and (found := get(cells)) is not None and "value" in found
        ]

    return read


def _whole(identifier: GivenIdentifier, slots: Slots) -> Getter:
    return identifier.value.bind(slots)
