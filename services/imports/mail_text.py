"""What a mail says and carries: its text, and a list of its attachments. Never raises for what a mail
holds."""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import Any

from services.imports.slots import is_unfit, mended

LONGEST_TEXT = 64 * 1024
CUT_MARK = "\n[…]"
_MOST_ATTACHMENTS = 200
_LONGEST_NAME = 255
_BLOCKS = frozenset(
    "address blockquote br div dd dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table td th tr ul".split()  # noqa: SIM905
)
_UNSEEN = frozenset(("script", "style", "head", "title", "template"))
_SPACES = re.compile(r"[ \t\f\v\xa0]+")
_EMPTY_LINES = re.compile(r"\n\s*\n+")


@dataclass(slots=True)
class Content:
    """`repairs` says what could not be read as it was written."""

    text: str = ""
    attachments: list[dict[str, Any]] = field(default_factory=list)
    repairs: set[str] = field(default_factory=set)


def content_of(mail: EmailMessage) -> Content:
    content = Content()
    bodies: dict[str, str] = {}
    for part in _leaves(mail):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not _is_attached(part):
            bodies.setdefault(kind, _text_of(part, content))
        elif len(content.attachments) < _MOST_ATTACHMENTS:
            content.attachments.append(_attachment(part))
    text = bodies.get("text/plain", "").strip() or stripped(bodies.get("text/html", ""))
    if is_unfit(text):
        content.repairs.add("unfit_characters")
        text = mended(text, keep_lines=True)
    content.text = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + CUT_MARK
    return content


def _leaves(part: Message) -> list[Message]:
    """Parts that hold something themselves; a mail inside a mail counts as one. Not recursive: nesting may
    be hostile."""
    found, waiting = [], [part]
    while waiting:
        here = waiting.pop()
        inside = here.get_payload() if here.get_content_maintype() == "multipart" else None
        if isinstance(inside, list):
            waiting += [child for child in reversed(inside) if isinstance(child, Message)]
        else:
            found.append(here)
    return found


def _is_attached(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())
    except Exception:
        return False


def _text_of(part: Message, content: Content) -> str:
    raw = _bytes_of(part)
    charset = _charset_of(part)
    try:
        return raw.decode(charset)
    except (LookupError, UnicodeError, ValueError):
        content.repairs.add("charset")
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("cp1252", "replace")


def _charset_of(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "ascii")
    except Exception:
        return "ascii"


def _bytes_of(part: Message) -> bytes:
    try:
        raw = part.get_payload(decode=True)
    except Exception:
        raw = None
    if isinstance(raw, bytes):
        return raw
    inside = part.get_payload()
    if isinstance(inside, list):
        return b"".join(_source_of(child) for child in inside if isinstance(child, Message))
    return str(inside).encode("utf-8", "surrogateescape") if inside else b""


def _source_of(mail: Message) -> bytes:
    try:
        return mail.as_bytes()
    except Exception:
        return b""


def _attachment(part: Message) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": mended(part.get_content_type(), keep_lines=False)[:128],
        "size": len(_bytes_of(part)),
    }
    try:
        name = mended(str(part.get_filename() or ""), keep_lines=False).strip()[:_LONGEST_NAME]
    except Exception:
        name = ""
    return {"name": name, **made} if name else made


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(_SPACES.sub(" ", data.replace("\r", "").replace("\n", " ")))


def stripped(html: str) -> str:
    """The words of an HTML body, a line a block."""
    stripper = _Stripper()
    try:
        stripper.feed(html)
        stripper.close()
    except Exception:
        return ""
    lines = (line.strip() for line in "".join(stripper.pieces).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
