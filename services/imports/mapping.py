"""A mapping file, read and checked: which events a row of a CSV file becomes. The language is told in
docs/imports.md.

Nothing here reads a row; `row_events` does, with what stands here.
"""

import hashlib
import re
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from services.imports.conditions import Condition, parse_condition
from services.imports.layout import Layout, parse_layout, parse_tables, parse_times
from services.imports.problems import MappingError
from services.imports.tree import Node, read_tree
from services.imports.values import Surroundings, Value, object_value, parse_column, parse_value

VERSION = 1
_TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
_SOURCE = re.compile(r"/[\x21-\x7e]{1,200}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_EVENT_KEYS = ("sequence", "when", "identifiers", "data")
_TOP_KEYS = ("file", "times", "tables", "identifiers", "reject", "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row that meets the condition is set aside for this reason."""

    reason: str
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenIdentifier:
    """`value` is an object of type, value and strength, absent when its value is."""

    value: Value
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """One event that a row may give. `name` is part of the event's id: renaming it makes other events."""

    name: str
    type: str
    time: Value
    sequence: Value | None = None
    when: Condition | None = None
    identifiers: tuple[GivenIdentifier, ...] = ()
    data: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`fingerprint` changes with every character of the file."""

    name: str
    source: str
    layout: Layout
    identifiers: tuple[GivenIdentifier, ...] = ()
    rejects: tuple[Rule, ...] = ()
    skips: tuple[Rule, ...] = ()
    events: tuple[EventRule, ...] = ()
    fingerprint: str = field(compare=False)


def load_mapping(path_or_name: Path | str) -> Mapping:
    """A mapping file of yours by its path, or one of ours by its name. Raises `MappingError`."""
    shipped = resources.files("services.imports") / "mappings" / f"{path_or_name}.yaml"
    if isinstance(path_or_name, str) and _NAME.fullmatch(path_or_name) and shipped.is_file():
        return parse_mapping(shipped.read_text("utf-8"))
    try:
        text = Path(path_or_name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(
            "mapping_unreadable", f"{path_or_name} cannot be read as a mapping file"
        ) from error
    return parse_mapping(text)


def parse_mapping(text: str) -> Mapping:
    fields = read_tree(text).fields(required=("mapping", "name", "source", "events"), optional=_TOP_KEYS)
    if fields["mapping"].value != VERSION:
        raise fields["mapping"].error("mapping_unknown_version", f"this program reads version {VERSION}")
    layout = parse_layout(fields.get("file"))
    around = Surroundings(
        times=parse_times(fields.get("times")),
        tables=parse_tables(fields.get("tables")),
        decimal=layout.decimal,
    )
    mapping = Mapping(
        name=_matching(fields["name"], _NAME, "small letters, digits and _"),
        source=_matching(fields["source"], _SOURCE, "a path such as /import/our-desk"),
        layout=layout,
        identifiers=_identifiers(fields.get("identifiers"), around),
        rejects=_rules(fields.get("reject")),
        skips=_rules(fields.get("skip")),
        events=tuple(_event(node, around) for node in fields["events"].items()),
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )
    _check_events(mapping, fields["events"])
    return mapping


def _check_events(mapping: Mapping, node: Node) -> None:
    names = [event.name for event in mapping.events]
    if not names:
        raise node.error("mapping_missing_key", "a mapping needs at least one event")
    if len(set(names)) < len(names):
        raise node.error("mapping_repeated_name", "two events have the same name")
    if any(not mapping.identifiers and not event.identifiers for event in mapping.events):
        raise node.error("mapping_no_identifier", "each event needs an identifier, its own or the mapping's")


def _matching(node: Node, pattern: re.Pattern[str], hint: str) -> str:
    if not pattern.fullmatch(node.text()):
        raise node.error("mapping_bad_name", f"expected {hint}")
    return node.text()


def _rules(node: Node | None) -> tuple[Rule, ...]:
    return () if node is None else tuple(map(_rule, node.items()))


def _rule(node: Node) -> Rule:
    fields = node.fields(required=("reason", "when"))
    reason = _matching(fields["reason"], _NAME, "a short reason in small letters, digits and _")
    return Rule(reason=reason, when=parse_condition(fields["when"]))


def _identifiers(node: Node | None, around: Surroundings) -> tuple[GivenIdentifier, ...]:
    return () if node is None else tuple(_identifier(item, around) for item in node.items())


def _identifier(node: Node, around: Surroundings) -> GivenIdentifier:
    fields = node.fields(required=("type", "value"), optional=("strength", "when"))
    if "strength" in fields:
        fields["strength"].word(("weak", "asserted", "verified"))
    parts = {name: parse_value(item, around) for name, item in fields.items() if name != "when"}
    when = parse_condition(fields["when"]) if "when" in fields else None
    return GivenIdentifier(value=object_value(parts), when=when)


def _event(node: Node, around: Surroundings) -> EventRule:
    fields = node.fields(required=("name", "type", "time"), optional=_EVENT_KEYS)
    data = object_value(_data(fields["data"], around)) if "data" in fields else None
    return EventRule(
        name=_matching(fields["name"], _NAME, "small letters, digits and _"),
        type=_matching(fields["type"], _TYPE, "a type of the contract, such as interaction.recorded"),
        time=_time(fields["time"], around),
        sequence=_sequence(fields["sequence"], around) if "sequence" in fields else None,
        when=parse_condition(fields["when"]) if "when" in fields else None,
        identifiers=_identifiers(fields.get("identifiers"), around),
        data=data,
    )


def _data(node: Node, around: Surroundings) -> dict[str, Value]:
    entries = node.entries()
    if "identifiers" in entries:
        raise entries["identifiers"].error(
            "mapping_unknown_key", "identifiers stand beside `data`, not in it"
        )
    return {name: parse_value(item, around) for name, item in entries.items()}


def _time(node: Node, around: Surroundings) -> Value:
    """A column read as a time; a name is enough. With `first`, the first of several columns that has one."""
    if isinstance(node.value, dict) and "first" in node.value:
        return parse_value(_each_as(node, "time"), around)
    return parse_column(_as(node, "time"), around)


def _sequence(node: Node, around: Surroundings) -> Value:
    """A number, or a column read as one."""
    return parse_value(node if isinstance(node.value, int) else _as(node, "integer"), around)


def _each_as(node: Node, word: str) -> Node:
    items = node.fields(required=("first",))["first"]
    casted = [_as(item, word) for item in items.items()]
    return Node({"first": Node(casted, items.line, items.path)}, node.line, node.path)


def _as(node: Node, word: str) -> Node:
    """The node as a column with this cast, whether it was written in short or in full."""
    written = dict(node.value) if isinstance(node.value, dict) else {"column": node}
    written["as"] = Node(word, node.line, node.path)
    return Node(written, node.line, node.path)
