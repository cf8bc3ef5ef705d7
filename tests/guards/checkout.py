"""What the guard tests look at: the files of this checkout that are, or are about to be, committed."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("klantbeeld", "services", "streams", "projections", "api")


@cache
def files() -> tuple[Path, ...]:
    """Every file that Git tracks or would add, so that a slip shows before it is committed."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listing.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def texts(*suffixes: str, under: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(relative name, content) of text files; bytes that are no UTF-8 are replaced, binary files left out."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if suffixes and not name.endswith(suffixes):
            continue
        if under and not name.startswith(tuple(f"{folder}/" for folder in under)):
            continue
        raw = path.read_bytes()
        if b"\0" not in raw:
            yield name, raw.decode("utf-8", "replace")


def product_modules() -> Iterator[tuple[str, ast.Module]]:
    for name, text in texts(".py", under=PRODUCT):
        yield name, ast.parse(text, filename=name)
