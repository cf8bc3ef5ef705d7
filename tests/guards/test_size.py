"""Product code stays in pieces that can be read at once."""

import ast
from collections.abc import Iterator

from tests.guards.checkout import PRODUCT, product_modules, texts

LINES_A_FILE = 350
LINES_A_FUNCTION = 60


def test_no_product_file_has_grown_beyond_one_idea() -> None:
    long = {
        name: lines
        for name, text in texts(".py", under=PRODUCT)
        if (lines := len(text.splitlines())) > LINES_A_FILE
    }
    assert not long


def test_no_product_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name}:{function.lineno} {function.name}": lines
        for name, tree in product_modules()
        for function in _functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LINES_A_FUNCTION
    }
    assert not long


def test_every_product_module_says_what_lives_in_it() -> None:
    silent = [name for name, tree in product_modules() if not ast.get_docstring(tree)]
    assert not silent


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
