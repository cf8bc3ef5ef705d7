"""Where an import has come to, in a small file, so that a killed one can go on.

Written before each batch is sent: the account up to the batch before, which the log has confirmed. So after
a kill at most one batch is sent twice, and the log knows its events by their ids.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.imports.problems import ImportFailed

VERSION = 1
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """`rows` is how many rows of all files together are settled; `in_flight` how many events were then being
    sent."""

    rows: int = 0
    report: dict[str, Any] | None = None
    rejects_size: int = 0
    in_flight: int = 0


class ResumeState:
    """The state file of one import. A file that belongs to other files or another mapping is refused, never
    used."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def load(self, fingerprint: str) -> Checkpoint:
        """The checkpoint of an import of just these files, or a fresh one when there is no state file."""
        try:
            saved = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return Checkpoint()
        except (OSError, ValueError) as error:
            raise ImportFailed(
                "state_unreadable", f"{self.path} cannot be read; delete it to start over"
            ) from error
        if saved.pop("version", None) != VERSION or saved.pop("fingerprint", None) != fingerprint:
            raise ImportFailed(
                "state_of_another_import",
                f"{self.path} belongs to an unfinished import of other files or another mapping: "
                "finish that one first, or delete the file to forget it",
            )
        return Checkpoint(**saved)

    def save(self, fingerprint: str, checkpoint: Checkpoint) -> None:
        """Durable when it returns, and never half written."""
        saved = {
            "version": VERSION,
            "fingerprint": fingerprint,
            "rows": checkpoint.rows,
            "report": checkpoint.report,
            "rejects_size": checkpoint.rejects_size,
            "in_flight": checkpoint.in_flight,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self.path.with_name(self.path.name + ".new")
        with open(temporary, "w", encoding="utf-8", opener=_private) as file:
            json.dump(saved, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        _sync_folder(self.path.parent)

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


class ResumeFolder(ResumeState):
    """The state files of all imports into one log, each named after what it imports and that log.

    So an import into another log, or into a new one in its place, never leaves out what this one has.
    """

    def __init__(self, folder: Path, log_id: str) -> None:
        super().__init__(folder / "none")
        self._folder, self._log_id = folder, log_id

    def load(self, fingerprint: str) -> Checkpoint:
        name = hashlib.sha256(f"{self._log_id} {fingerprint}".encode()).hexdigest()[:32]
        self.path = self._folder / f"{name}.json"
        return super().load(fingerprint)


def fingerprint_of(files: Sequence[Path], settings: str) -> str:
    """Changes with the content of a file, their order, and the settings that decide what a row becomes; not
    with names."""
    whole = hashlib.sha256(settings.encode())
    for path in files:
        whole.update(f"\n{path.stat().st_size}:".encode())
        whole.update(_digest_of(path))
    return whole.hexdigest()


def _digest_of(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
