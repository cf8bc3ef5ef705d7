"""The stack's folder: where each part lies, what is noted about it, and the lock that lets one command work at a time.

Nothing here starts or ends a process.
"""

import base64
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.problems import StackError

_LOCK = "stack.lock"


class Folder:
    """A folder of the stack's own. Other users may pass through it and not list it; each part's own is private."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def of(self, part: str) -> Path:
        return self.path / part

    def log(self, part: str) -> Path:
        return self.path / f"{part}.log"

    def notes(self) -> dict[str, Any]:
        """What is known of each part (ports, addresses, pid) and of the owner; empty at first."""
        try:
            noted: dict[str, Any] = json.loads(self._state.read_text())
        except FileNotFoundError:
            noted = {}
        return noted

    def note(self, name: str, value: object) -> None:
        unfinished = self.path / "state.unfinished"
        unfinished.write_text(json.dumps(self.notes() | {name: value}, indent=2) + "\n")
        unfinished.rename(self._state)

    @property
    def _state(self) -> Path:
        return self.path / "state.json"

    def master_key(self) -> str:
        """Base64 of 32 bytes, made once."""
        path = self.path / "master.key"
        if not path.exists():
            path.touch(0o600)
            path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        return path.read_text()

    def exists(self) -> bool:
        return (self.path / _LOCK).exists()

    def make(self) -> None:
        if self.path.is_dir() and not self.exists() and any(self.path.iterdir()):
            raise StackError(f"{self.path} holds other things: name an empty or a new folder with --dir.")
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)

    def remove(self) -> None:
        """Take it away with all that is in it. Call it only while holding the lock."""
        shutil.rmtree(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, making the folder if need be; waits for another command to finish."""
        lock = self._lock()
        try:
            yield
        finally:
            os.close(lock)

    def _lock(self) -> int:
        while True:
            self.make()
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._is_current(lock):
                return lock
            os.close(lock)  # a `down` took the folder away while we waited

    def _is_current(self, lock: int) -> bool:
        try:
            return os.path.samestat(os.fstat(lock), (self.path / _LOCK).stat())
        except FileNotFoundError:
            return False
