"""Imports find this checkout, and the domain needs nothing but the standard library."""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.checkout import PRODUCT, ROOT, product_modules


@pytest.mark.parametrize("package", [*PRODUCT, "tests"])
def test_a_top_level_package_resolves_to_this_checkout(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT / package / "__init__.py"


def test_no_module_of_ours_shadows_the_standard_library() -> None:
    taken = {package for package in PRODUCT if package in sys.stdlib_module_names}
    assert not taken


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    strangers = [
        f"{name}:{line} imports {imported}"
        for name, tree in product_modules()
        if name.startswith("klantbeeld/domain/")
        for line, imported in _imports(tree)
        if not _allowed_in_domain(imported)
    ]
    assert not strangers


def test_the_domain_never_reads_a_clock_or_makes_a_random_id() -> None:
    forbidden = {"now", "utcnow", "today", "uuid4", "uuid1", "urandom", "token_hex", "token_bytes"}
    calls = [
        f"{name}:{node.lineno} calls {node.func.attr}"
        for name, tree in product_modules()
        if name.startswith("klantbeeld/domain/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in forbidden
    ]
    assert not calls


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module if node.level == 0 and node.module else "klantbeeld.domain"


def _allowed_in_domain(imported: str) -> bool:
    inside = imported == "klantbeeld.domain" or imported.startswith("klantbeeld.domain.")
    return inside or imported.split(".")[0] in sys.stdlib_module_names
