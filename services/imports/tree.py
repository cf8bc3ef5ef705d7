"""YAML read into nodes that know their line, with the errors of a mapping file. Nothing here knows what a
mapping says.

Scalars follow YAML 1.2: only `true` and `false` are flags, so `Yes`, `No` and `on` are texts, and so are
dates. Anchors, aliases and tags are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from services.imports.problems import MappingError

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_FLAGS = {"true": True, "false": False}
_NOTHING = {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class Node:
    """`value` is a scalar, a dict of nodes or a list of nodes; `path` is dotted, `line` counts from 1."""

    value: Any
    line: int
    path: str

    def error(self, code: str, detail: str) -> MappingError:
        return MappingError(code, detail, where=self.path, line=self.line)

    def fields(self, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> dict[str, "Node"]:
        """The entries of a mapping that has all of `required` and nothing outside both."""
        entries = self.entries()
        for key, node in entries.items():
            if key not in required and key not in optional:
                known = ", ".join((*required, *optional))
                raise node.error("mapping_unknown_key", f"unknown key; known here: {known}")
        for key in required:
            if key not in entries:
                raise self.error("mapping_missing_key", f"the key `{key}` is missing")
        return entries

    def entries(self) -> dict[str, "Node"]:
        if not isinstance(self.value, dict):
            raise self.error("mapping_wrong_kind", "expected keys with values")
        return self.value

    def items(self) -> list["Node"]:
        if not isinstance(self.value, list):
            raise self.error("mapping_wrong_kind", "expected a list")
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            raise self.error(
                "mapping_wrong_kind", "expected a text; put it in quotes if it looks like something else"
            )
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error("mapping_wrong_kind", "expected true or false")
        return self.value

    def integer(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.error("mapping_wrong_kind", "expected a whole number")
        return self.value

    def word(self, known: tuple[str, ...]) -> str:
        if self.value not in known:
            raise self.error("mapping_unknown_word", f"expected one of: {', '.join(known)}")
        return str(self.value)

    def cell(self) -> str:
        """A text as it would stand in a CSV file; a number or flag written without quotes counts too."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        if isinstance(self.value, (str, int, float)):
            return str(self.value)
        raise self.error("mapping_wrong_kind", "expected a text")

    def plain(self) -> Any:
        """The value without lines, as JSON would have it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_tree(text: str) -> Node:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            _refuse_references(event)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MappingError("mapping_syntax", f"not valid YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError("mapping_syntax", "not valid YAML") from error
    if root is None:
        raise MappingError("mapping_empty", "the mapping file is empty")
    return _node(root, "")


def _refuse_references(event: Any) -> None:
    if getattr(event, "anchor", None) is not None:
        line = event.start_mark.line + 1
        raise MappingError("mapping_reference", "anchors and aliases (& and *) are not understood", line=line)


def _node(found: yaml.Node, path: str) -> Node:
    line = found.start_mark.line + 1
    if isinstance(found, yaml.MappingNode):
        return Node(dict(_entries(found, path)), line, path)
    if isinstance(found, yaml.SequenceNode):
        return Node([_node(item, f"{path}[{n}]") for n, item in enumerate(found.value)], line, path)
    return Node(_scalar(found), line, path)


def _entries(found: yaml.MappingNode, path: str) -> Iterator[tuple[str, Node]]:
    known = set()
    for key_node, value_node in found.value:
        key = str(key_node.value)
        where = f"{path}.{key}" if path else key
        if not isinstance(key_node, yaml.ScalarNode):
            raise MappingError(
                "mapping_wrong_kind", "a key must be a text", where=path, line=found.start_mark.line + 1
            )
        if key in known:
            line = key_node.start_mark.line + 1
            raise MappingError("mapping_repeated_key", "this key stands here twice", where=where, line=line)
        known.add(key)
        yield key, _node(value_node, where)


def _scalar(found: yaml.Node) -> Any:
    text = str(found.value)
    if getattr(found, "style", None) is not None:
        return text
    if text in _FLAGS:
        return _FLAGS[text]
    if text in _NOTHING:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
