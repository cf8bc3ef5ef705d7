"""Small disks of memory under a stack's parts, which can be filled up and emptied. Only for root, where mounting works."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MEGABYTES: Final = {"kafka": 96, "postgresql": 256}
_BALLAST: Final = "ballast"
_CHUNK: Final = 1024 * 1024


def cannot() -> str | None:
    """Why there can be no small disks here; None where there can."""
    if os.geteuid():
        return "only root may mount"
    with Path("/proc/filesystems").open() as known:
        if not any(line.split()[-1] == "tmpfs" for line in known):
            return "no tmpfs"
    return None


@contextmanager
def mounted(stack: Path) -> Iterator[dict[str, Path]]:
    """A small disk for each part of the stack that will be started here. Take its parts down inside the block."""
    stack.mkdir(parents=True)
    (stack / "stack.lock").touch(0o600)
    disks = {part: stack / part for part in MEGABYTES}
    try:
        for part, path in disks.items():
            path.mkdir()
            size = f"size={MEGABYTES[part]}m,mode=0700"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "klantbeeld", str(path)], check=True)
        yield disks
    finally:
        let_go(stack)


def let_go(folder: Path) -> None:
    """Take away what is mounted below the folder, also while somebody still uses it."""
    with Path("/proc/mounts").open() as mounts:
        places = [line.split()[1] for line in mounts]
    for place in places:
        if Path(place).is_relative_to(folder):
            subprocess.run(["umount", "-l", place], check=False)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left on the disk while the block lasts."""
    ballast = disk / _BALLAST
    try:
        _fill(ballast)
        yield
    finally:
        with suppress(FileNotFoundError):
            ballast.unlink()


def _fill(ballast: Path) -> None:
    size = _CHUNK
    with ballast.open("wb", buffering=0) as file:
        while size:
            try:
                if file.write(b"\0" * size) < size:
                    size //= 2
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
