"""File locks that end with the process that holds them, however it ends. `layout` says what each means."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_open_here: set[int] = set()


def _let_go_in_child() -> None:
    """A forked child shares the parent's lock until it closes its copy: it would keep the server up."""
    while _open_here:
        os.close(_open_here.pop())


os.register_at_fork(after_in_child=_let_go_in_child)


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock together with others; waits for an exclusive holder."""
    with _held(path, fcntl.LOCK_SH):
        yield


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock alone; waits for every other holder."""
    with _held(path, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, operation: int) -> Iterator[None]:
    lock = open_lock(path)
    _open_here.add(lock)
    try:
        fcntl.flock(lock, operation)
        yield
    finally:
        if lock in _open_here:
            _open_here.remove(lock)
            os.close(lock)


def taken(lock: int) -> bool:
    """Take an open lock exclusively if nobody holds it; does not wait."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held_exclusively(path: Path) -> bool:
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
