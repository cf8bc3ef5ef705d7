"""Where mails lie: .mbox and .eml files, folders of them (Maildir too), tar and zip archives of .eml, gzip
or not.

Only bytes here; what a mail says is none of this module's business.
"""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from services.imports.problems import ImportFailed

LARGEST_MAIL = 64 * 1024 * 1024
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_ENVELOPE = re.compile(rb"From (?:\S+) +(\w{3} \w{3} [ \d]\d [\d:]{5,8} \d{4})")
# A zip with a password or an unknown method fails with RuntimeError.
_DAMAGED = (
    OSError,
    EOFError,
    zlib.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    RuntimeError,
)
_MAIL_NAMES = (".eml", ".mbox")


class Mail(NamedTuple):
    """`raw` is None for a file that is no mail, or one too large to hold; `why` then says so."""

    line: int
    raw: bytes | None
    envelope: datetime | None = None
    why: str = ""


def mail_files(paths: list[Path]) -> list[Path]:
    """The files meant, folders opened, in an order that is the same every time."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(inside for inside in path.rglob("*") if inside.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise ImportFailed("unreadable_file", f"{path} is not there")
    if not found:
        raise ImportFailed("no_files", "there is no file in it")
    return found


def mails_in(file: BinaryIO, name: str, *, chosen: bool) -> Iterator[Mail]:
    """`chosen`: named by the user, so any name will do; else only names that mail has. Raises
    `ImportFailed`."""
    try:
        yield from _mails_in(file, name, chosen)
    except _DAMAGED as error:
        raise ImportFailed("unreadable_file", f"{name} is damaged") from error


def _mails_in(file: BinaryIO, name: str, chosen: bool) -> Iterator[Mail]:
    head = file.read(512)
    file.seek(0)
    if head[:2] == b"\x1f\x8b":
        unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=file))
        yield from _mails_in(cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, unpacked))), name, chosen)
    elif head[257:262] == b"ustar":
        yield from _in_tar(file)
    elif head[:4] == b"PK\x03\x04":
        yield from _in_zip(file)
    elif not chosen and not _has_mail_name(Path(name)):
        yield Mail(1, None, why="no_mail")
    elif name.endswith(".eml") or not head.startswith(b"From "):
        yield _single(file)
    else:
        yield from _in_mbox(file)


def _has_mail_name(path: Path) -> bool:
    """A Maildir keeps its mails under `cur` and `new`, with any name."""
    return path.suffix.lower() in _MAIL_NAMES or path.parent.name in ("cur", "new")


def _in_tar(file: BinaryIO) -> Iterator[Mail]:
    with tarfile.open(fileobj=file, mode="r|") as archive:
        number = 0
        for member in archive:
            if not member.isfile():
                continue
            number += 1
            inside = archive.extractfile(member) if member.name.lower().endswith(".eml") else None
            yield _single(cast(BinaryIO, inside), number) if inside else Mail(number, None, why="no_mail")


def _in_zip(file: BinaryIO) -> Iterator[Mail]:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        for number, name in enumerate(names, 1):
            if not name.lower().endswith(".eml"):
                yield Mail(number, None, why="no_mail")
                continue
            with archive.open(name) as inside:
                yield _single(cast(BinaryIO, inside), number)


def _single(file: BinaryIO, number: int = 1) -> Mail:
    raw = file.read(LARGEST_MAIL + 1)
    if len(raw) > LARGEST_MAIL:
        return Mail(number, None, why="too_large")
    if not raw.startswith(b"From "):
        return Mail(number, raw)
    envelope, _, rest = raw.partition(b"\n")
    return Mail(number, rest, _envelope_time(envelope))


def _in_mbox(file: BinaryIO) -> Iterator[Mail]:
    """Split at lines that begin with `From ` after an empty line; `>From ` inside a mail loses one `>`."""
    lines: list[bytes] = []
    size, start, after_empty, envelope = 0, 1, True, b""
    for number, line in enumerate(file, 1):
        if after_empty and line.startswith(b"From "):
            if number > 1:
                yield _whole(lines, size, start, envelope)
            lines, size, start, envelope = [], 0, number, line
        else:
            size += len(line)
            if size <= LARGEST_MAIL:
                lines.append(line)
        after_empty = line in (b"\n", b"\r\n")
    if envelope or lines:
        yield _whole(lines, size, start, envelope)


def _whole(lines: list[bytes], size: int, start: int, envelope: bytes) -> Mail:
    if size > LARGEST_MAIL:
        return Mail(start, None, why="too_large")
    return Mail(start, _QUOTED_FROM.sub(rb"\1", b"".join(lines)), _envelope_time(envelope))


def _envelope_time(line: bytes) -> datetime | None:
    """The `From ` line's own time, by custom in UTC."""
    found = _ENVELOPE.match(line)
    if found is None:
        return None
    _, month, day, clock, year = found[1].decode("ascii").split()
    try:
        return parsedate_to_datetime(f"{day} {month} {year} {clock} +0000").astimezone(UTC)
    except (ValueError, TypeError):
        return None
