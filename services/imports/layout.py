"""The parts of a mapping that say how a file is written: characters, columns, nulls, times, tables."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from services.imports.local_times import TimeFormat
from services.imports.time_options import parse_formats, parse_zone
from services.imports.tree import Node
from services.imports.values import Table

_FILE_KEYS = ("encoding", "delimiter", "quote", "header", "columns", "nulls", "trim", "decimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a CSV file is written. `columns` names positions, from 0; `header` whether the first row names
    them."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    columns: Mapping[str, int]
    nulls: frozenset[str] = frozenset({""})
    trim: bool = True
    decimal: str = "."


def parse_layout(node: Node | None) -> Layout:
    if node is None:
        return Layout(columns={})
    fields = node.fields(optional=_FILE_KEYS)
    return Layout(
        encoding=_encoding(fields.get("encoding")),
        delimiter=_character(fields.get("delimiter"), ","),
        quote=_character(fields.get("quote"), '"'),
        header=fields["header"].flag() if "header" in fields else True,
        columns=_columns(fields.get("columns")),
        nulls=frozenset(
            {"", *(item.cell() for item in fields["nulls"].items())} if "nulls" in fields else {""}
        ),
        trim=fields["trim"].flag() if "trim" in fields else True,
        decimal=fields["decimal"].word((".", ",")) if "decimal" in fields else ".",
    )


def _encoding(node: Node | None) -> str:
    if node is None:
        return "utf-8"
    try:
        return codecs.lookup(node.text()).name
    except LookupError:
        raise node.error("mapping_unknown_encoding", "no such encoding") from None


def _character(node: Node | None, absent: str) -> str:
    if node is None:
        return absent
    text = {"tab": "\t", "\\t": "\t"}.get(node.text(), node.text())
    if len(text) != 1 or text in "\r\n\0":
        raise node.error("mapping_wrong_kind", "expected one character, or `tab`")
    return text


def _columns(node: Node | None) -> dict[str, int]:
    return {} if node is None else {name: item.integer() for name, item in node.entries().items()}


def parse_times(node: Node | None) -> TimeFormat:
    if node is None:
        return TimeFormat(patterns=("iso",), zone="UTC")
    fields = node.fields(required=("formats", "zone"), optional=("repeated_hour",))
    repeated = fields["repeated_hour"].word(("first", "second")) if "repeated_hour" in fields else "first"
    return TimeFormat(
        patterns=parse_formats(fields["formats"]),
        zone=parse_zone(fields["zone"]),
        second_hour=repeated == "second",
    )


def parse_tables(node: Node | None) -> dict[str, Table]:
    return {} if node is None else {name: _table(item) for name, item in node.entries().items()}


def _table(node: Node) -> Table:
    fields = node.fields(required=("values",), optional=("default",))
    values = {text: item.plain() for text, item in fields["values"].entries().items()}
    return Table(values=values, default=fields["default"].plain() if "default" in fields else None)
