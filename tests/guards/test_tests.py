"""Tests that are never collected, wait for time or skip without a reason are no tests."""

import ast
from collections.abc import Iterator

from tests.guards.checkout import texts


def test_every_test_file_is_collected() -> None:
    hidden = [
        f"{name}: {test.name}" for name, test in _tests() if not name.rsplit("/", 1)[-1].startswith("test_")
    ]
    assert not hidden


def test_no_test_waits_for_time_instead_of_a_condition() -> None:
    """Where a condition has to be waited for, poll it with a deadline in one shared helper."""
    sleepers = [f"{name}: {test.name}" for name, test in _tests() if _calls(test, "sleep")]
    assert not sleepers


def test_every_skip_gives_its_reason() -> None:
    silent = [
        f"{name}:{call.lineno}"
        for name, tree in _modules()
        for call in _calls(tree, "skip")
        if not call.args and not any(keyword.arg == "reason" for keyword in call.keywords)
    ]
    assert not silent


def _modules() -> Iterator[tuple[str, ast.Module]]:
    return ((name, ast.parse(text, filename=name)) for name, text in texts(".py", under=("tests",)))


def _tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    return (
        (name, node)
        for name, tree in _modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Calls of something.name(…)."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == name]
