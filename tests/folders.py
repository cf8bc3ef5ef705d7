"""Folders for servers that live for a test or a session."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ENOUGH: Final = 8 << 30
"""Bytes free, there and of memory, from which on folders are made in memory."""


@contextmanager
def short_lived(prefix: str = "kb-") -> Iterator[Path]:
    """A folder that the user of a server can reach, removed afterwards.

    A server is thousands of small files: in memory, where there is plenty of it, they are made ten times as fast.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if _is_roomy() else "/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_roomy() -> bool:
    try:
        there = os.statvfs(MEMORY)
    except OSError:
        return False
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if there.f_flag & os.ST_NOEXEC or not os.access(MEMORY, os.W_OK):
        return False
    return min(there.f_bavail * there.f_frsize, free) >= ENOUGH
