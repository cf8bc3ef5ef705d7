"""Whoever is told a code by a worker that ended finds it in the runbook, with what to do."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from klantbeeld.settings import SettingsError
from tests.guards.checkout import ROOT, product_modules

SECTION = "### `worker_halted`, `worker_died`: a worker ended"
ROW = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)
TELLING = frozenset({"warning", "error", "critical"})
ENDERS = frozenset({"streams/worker.py", "streams/supervision.py", "klantbeeld/cli/worker.py"})
"""What they log from a warning on is that the worker, or the whole supervisor, ends."""


def test_every_code_that_a_worker_ends_with_is_in_the_runbook_and_no_other() -> None:
    in_code, told = set(_codes()), _in_runbook()
    assert len(in_code) > 10
    assert (sorted(in_code - told), sorted(told - in_code)) == ([], [])


def _in_runbook() -> set[str]:
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"{SECTION}\n")
    section, _, _ = after.partition("\n### ")
    return {code for cell in ROW.findall(section) for code in re.findall(r"`(\w+)`", cell)}


def _codes() -> Iterator[str]:
    for name, tree in product_modules():
        if not (name in ENDERS or _makes_endings(tree)):
            continue
        module = import_module(name.removesuffix(".py").replace("/", "."))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _tells(name, node):
                yield from _literal(node)
            if isinstance(node, ast.ExceptHandler):
                yield from _of_handler(name, node, module)


def _makes_endings(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Call) and _is_ending(node) for node in ast.walk(tree))


def _is_ending(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "Ending"


def _tells(name: str, call: ast.Call) -> bool:
    logs = name in ENDERS and isinstance(call.func, ast.Attribute) and call.func.attr in TELLING
    return logs or _is_ending(call)


def _literal(call: ast.Call) -> Iterator[str]:
    if call.args and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)


def _of_handler(name: str, handler: ast.ExceptHandler, module: ModuleType) -> Iterator[str]:
    """The codes of the exceptions caught, where theirs is what is told. Those of settings say the mend themselves."""
    calls = [node for node in ast.walk(handler) if isinstance(node, ast.Call) and _tells(name, node)]
    told = [ast.unparse(call.args[0]) for call in calls if call.args]
    if handler.type and f"{handler.name}.code" in told:
        for error in _classes(handler.type, module):
            if error is not SettingsError:
                yield error.code


def _classes(caught: ast.expr, module: ModuleType) -> Iterator[Any]:
    for part in caught.elts if isinstance(caught, ast.Tuple) else [caught]:
        found = getattr(module, ast.unparse(part).removeprefix("*"))
        yield from found if isinstance(found, tuple) else (found,)
