"""Named queries: SQL lives in `.sql` files, one block a query, each headed by `-- name: …`."""

import re
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Queries:
    """The queries of one file, by name."""

    def __init__(self, blocks: dict[str, str]) -> None:
        self._blocks = blocks

    def __getitem__(self, name: str) -> str:
        return self._blocks[name]

    def names(self) -> frozenset[str]:
        return frozenset(self._blocks)


@cache
def load(package: str, file: str) -> Queries:
    """The queries in `file`, a resource of `package`. Raises ValueError when a name stands twice."""
    parts = _HEAD.split(files(package).joinpath(file).read_text(encoding="utf-8"))[1:]
    names, texts = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/{file} holds a query name twice")
    return Queries({name: text.strip().rstrip(";") for name, text in zip(names, texts, strict=True)})
