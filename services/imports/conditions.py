"""Conditions of a mapping: what a `when` may say, and nothing more. They see one row and have no state.

A null cell equals nothing: `is` and `in` are then false, `is_not` and `not_in` true.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.imports.slots import Cells, Ref, Slots
from services.imports.tree import Node

Test = Callable[[Cells], bool]
_TESTS = ("is", "is_not", "in", "not_in", "null")


@dataclass(frozen=True, slots=True)
class Condition:
    """Bound to a file's columns it becomes a test of a row."""

    bind: Callable[[Slots], Test]


def parse_condition(node: Node) -> Condition:
    keys = node.entries()
    for word, parse in (("all", _all), ("any", _any), ("not", _not)):
        if word in keys:
            return parse(node.fields(required=(word,))[word])
    return _of_column(node)


def _all(node: Node) -> Condition:
    parts = [parse_condition(item) for item in node.items()]

    def bind(slots: Slots) -> Test:
        tests = tuple(part.bind(slots) for part in parts)
        if len(tests) == 2:
            first, second = tests
            return lambda cells: first(cells) and second(cells)
        return lambda cells: all(test(cells) for test in tests)

    return Condition(bind)


def _any(node: Node) -> Condition:
    parts = [parse_condition(item) for item in node.items()]

    def bind(slots: Slots) -> Test:
        tests = tuple(part.bind(slots) for part in parts)
        return lambda cells: any(test(cells) for test in tests)

    return Condition(bind)


def _not(node: Node) -> Condition:
    part = parse_condition(node)

    def bind(slots: Slots) -> Test:
        test = part.bind(slots)
        return lambda cells: not test(cells)

    return Condition(bind)


def _of_column(node: Node) -> Condition:
    fields = node.fields(required=("column",), optional=_TESTS)
    asked = [name for name in _TESTS if name in fields]
    if len(asked) != 1:
        raise node.error("mapping_bad_condition", f"say exactly one of: {', '.join(_TESTS)}")
    ref, operand = column_ref(fields["column"]), fields[asked[0]]
    if asked[0] == "null":
        return _null(ref, operand.flag())
    words = [operand] if asked[0] in ("is", "is_not") else operand.items()
    return _among(ref, frozenset(word.cell() for word in words), inside=asked[0] in ("is", "in"))


def _null(ref: Ref, wanted: bool) -> Condition:
    def bind(slots: Slots) -> Test:
        at = slots.of(ref)
        if wanted:
            return lambda cells: cells[at] is None
        return lambda cells: cells[at] is not None

    return Condition(bind)


def _among(ref: Ref, words: frozenset[str], *, inside: bool) -> Condition:
    def bind(slots: Slots) -> Test:
        at = slots.of(ref)
        if inside:
            return lambda cells: cells[at] in words
        return lambda cells: cells[at] not in words

    return Condition(bind)


def column_ref(node: Node, keep_lines: bool = False) -> Ref:
    """A column by name, or by its position from 0."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return Ref(node.value, node, keep_lines)
    return Ref(node.text(), node, keep_lines)
