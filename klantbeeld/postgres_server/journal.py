"""The server's log file: how it is opened, kept small, quoted. It says nothing of customers (`cluster`)."""

import os
from pathlib import Path

LARGEST_LOG = 10 * 1024 * 1024


def open_log(path: Path) -> int:
    """For appending; emptied first if it has grown too large."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.fstat(log).st_size > LARGEST_LOG:
        os.ftruncate(log, 0)
    return log


def last_complaint(path: Path, since: int) -> str:
    """The last fatal line written after the byte offset `since`, or else the last line."""
    lines = path.read_bytes()[since:].decode(errors="replace").splitlines()
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return (fatal or lines or ["it said nothing"])[-1]
