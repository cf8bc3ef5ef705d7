"""Values of a mapping: constants, templates, columns, choices, objects and lists, each compiled once per
file.

A value that is absent is None: objects and lists leave it out, and are absent themselves when nothing is
left.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.imports.casts import CASTS, Casting, cast_of
from services.imports.conditions import column_ref, parse_condition
from services.imports.local_times import TimeFormat
from services.imports.problems import BadCell
from services.imports.slots import Cells, Getter, Ref, Slots
from services.imports.time_options import parse_formats, parse_zone
from services.imports.tree import Node

_COLUMN_KEYS = ("table", "as", "default", "formats", "zone", "cut")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Values of a column and what they stand for. Without a default an unknown value rejects the row."""

    values: Mapping[str, Any]
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What values may refer to besides columns."""

    times: TimeFormat
    tables: Mapping[str, Table]
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Value:
    """Bound to a file's columns it reads a row. `constant` is set when no column takes part, `slot` when the
    row's reader has the value ready: it gives the place."""

    bind: Callable[[Slots], Getter]
    constant: Any = None
    slot: Callable[[Slots], int] | None = None


def constant_value(plain: Any) -> Value:
    return Value(lambda _slots: lambda _cells: plain, plain)


def parse_value(node: Node, around: Surroundings) -> Value:
    if isinstance(node.value, dict):
        return _parse_mapping(node, around)
    if isinstance(node.value, list):
        return _array([parse_value(item, around) for item in node.value])
    if isinstance(node.value, str):
        return template(node)
    if node.value is None:
        raise node.error("mapping_no_value", "nothing stands here; leave the key out")
    return constant_value(node.value)


def _parse_mapping(node: Node, around: Surroundings) -> Value:
    keys = node.entries()
    if "column" in keys:
        return parse_column(node, around)
    if "first" in keys:
        return _first(
            [parse_value(item, around) for item in node.fields(required=("first",))["first"].items()]
        )
    if "when" in keys:
        return _choice(node, around)
    if "constant" in keys:
        return constant_value(node.fields(required=("constant",))["constant"].plain())
    return object_value({name: parse_value(item, around) for name, item in keys.items()})


def parse_column(node: Node, around: Surroundings) -> Value:
    fields = node.fields(required=("column",), optional=_COLUMN_KEYS)
    word = fields["as"].word(CASTS) if "as" in fields else "line"
    ref = column_ref(fields["column"], keep_lines=word == "text")
    name = str(ref.column)
    default = fields["default"].plain() if "default" in fields else None
    convert: Callable[[str], Any] | None
    if "table" in fields:
        convert = _lookup(_table(fields["table"], around), name)
    else:
        cut = fields["cut"].integer() if "cut" in fields else None
        casting = Casting(times=times_at(fields, around), decimal=around.decimal, cut=cut)
        convert = cast_of(word, casting, name)
    return _column(ref, convert, default)


def times_at(fields: Mapping[str, Node], around: Surroundings) -> TimeFormat:
    """The mapping's way of writing times, or what this value says of its own."""
    patterns = parse_formats(fields["formats"]) if "formats" in fields else around.times.patterns
    zone = parse_zone(fields["zone"]) if "zone" in fields else around.times.zone
    return TimeFormat(patterns=patterns, zone=zone, second_hour=around.times.second_hour)


def _table(node: Node, around: Surroundings) -> Table:
    found = around.tables.get(node.text())
    if found is None:
        known = ", ".join(around.tables) or "none"
        raise node.error("mapping_unknown_table", f"no such table; there are: {known}")
    return found


def _lookup(table: Table, column: str) -> Callable[[str], Any]:
    values, default = dict(table.values), table.default

    def look_up(text: str) -> Any:
        found = values.get(text, default)
        if found is None:
            raise BadCell("unknown_value", column)
        return found

    return look_up


def _column(ref: Ref, convert: Callable[[str], Any] | None, default: Any) -> Value:
    if convert is None and default is None:
        return _ready(lambda slots: slots.of(ref))

    def bind(slots: Slots) -> Getter:
        at = slots.of(ref)
        change = convert or str

        def get(cells: Cells) -> Any:
            text = cells[at]
            return default if text is None else change(text)

        return get

    return Value(bind)


def _ready(slot: Callable[[Slots], int]) -> Value:
    def bind(slots: Slots) -> Getter:
        at = slot(slots)
        return lambda cells: cells[at]

    return Value(bind, slot=slot)


def template(node: Node) -> Value:
    """A text with `{column}` for a cell; absent when one of them is null. `{{` and `}}` are braces."""
    pieces = tuple(_piece(found, node) for found in _PIECE.finditer(str(node.value)))
    refs = [piece for piece in pieces if isinstance(piece, Ref)]
    if not refs:
        return constant_value("".join(map(str, pieces)))
    if len(pieces) == 1:
        return _ready(lambda slots: slots.of(refs[0]))
    maker = _single(pieces, refs[0]) if len(refs) == 1 else _joined(pieces)
    return _ready(lambda slots: slots.made(node.value, maker))


def _single(pieces: tuple[str | Ref, ...], ref: Ref) -> Callable[[Slots], Getter]:
    at = pieces.index(ref)
    before, after = "".join(map(str, pieces[:at])), "".join(map(str, pieces[at + 1 :]))

    def bind(slots: Slots) -> Getter:
        at = slots.of(ref)
        return lambda cells: None if (text := cells[at]) is None else f"{before}{text}{after}"

    return bind


def _joined(pieces: tuple[str | Ref, ...]) -> Callable[[Slots], Getter]:
    def bind(slots: Slots) -> Getter:
        parts = [slots.of(piece) if isinstance(piece, Ref) else piece for piece in pieces]

        def get(cells: Cells) -> str | None:
            texts = [part if isinstance(part, str) else cells[part] for part in parts]
            return None if None in texts else "".join(map(str, texts))

        return get

    return bind


def _piece(found: re.Match[str], node: Node) -> str | Ref:
    text = found[0]
    if text in ("{{", "}}"):
        return text[0]
    if text in ("{", "}"):
        raise node.error("mapping_bad_template", "a brace without its partner; a brace itself is {{ or }}")
    if text[0] != "{":
        return text
    if not found[1]:
        raise node.error("mapping_bad_template", "a column's name must stand between the braces")
    return Ref(found[1], node)


def _first(values: list[Value]) -> Value:
    def bind(slots: Slots) -> Getter:
        getters = tuple(value.bind(slots) for value in values)

        def get(cells: Cells) -> Any:
            for getter in getters:
                found = getter(cells)
                if found is not None:
                    return found
            return None

        return get

    return Value(bind)


def _choice(node: Node, around: Surroundings) -> Value:
    fields = node.fields(required=("when", "then"), optional=("else",))
    condition, then = parse_condition(fields["when"]), parse_value(fields["then"], around)
    other = parse_value(fields["else"], around) if "else" in fields else constant_value(None)

    def bind(slots: Slots) -> Getter:
        test, if_so, if_not = condition.bind(slots), then.bind(slots), other.bind(slots)
        return lambda cells: if_so(cells) if test(cells) else if_not(cells)

    return Value(bind)


def _array(values: list[Value]) -> Value:
    def bind(slots: Slots) -> Getter:
        getters = tuple(value.bind(slots) for value in values)
        return lambda cells: [found for get in getters if (found := get(cells)) is not None] or None

    return Value(bind)


def object_value(values: Mapping[str, Value]) -> Value:
    """Built from what is the same in every row and what is not."""
    fixed = {name: value.constant for name, value in values.items() if value.constant is not None}
    if len(fixed) == len(values):
        return constant_value(fixed or None)

    def bind(slots: Slots) -> Getter:
        ready = tuple((name, value.slot(slots)) for name, value in values.items() if value.slot)
        rest = tuple(
            (name, value.bind(slots))
            for name, value in values.items()
            if name not in fixed and not value.slot
        )

        def get(cells: Cells) -> dict[str, Any] | None:
            made = fixed.copy()
            for name, at in ready:
                if (text := cells[at]) is not None:
                    made[name] = text
            for name, getter in rest:
                if (found := getter(cells)) is not None:
                    made[name] = found
            return made or None

        return get

    return Value(bind)
