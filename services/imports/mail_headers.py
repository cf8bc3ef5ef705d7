"""Headers of a mail, read so that no header can stop an import: ids, times, and whether a machine wrote
it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.header import decode_header
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

from services.imports.slots import mended

_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_AHEAD, _BEHIND = timedelta(days=1), timedelta(days=30)
_BETWEEN_BRACKETS = re.compile(r"<([^<>]+)>")
_SPACES = re.compile(r"\s+")
_LONGEST_ID = 200


def header_texts(mail: Message, name: str) -> list[str]:
    """All values of a header, decoded as well as they can be, each on one line."""
    try:
        found = [str(value) for value in mail.get_all(name, [])]
    except Exception:
        # The library's header parser fails in many ways on hostile input: then the raw text has to do.
        found = [_decoded(str(value)) for key, value in mail.raw_items() if key.lower() == name.lower()]
    return [_SPACES.sub(" ", mended(text, keep_lines=False)).strip() for text in found]


def header_text(mail: Message, name: str) -> str:
    return next(iter(header_texts(mail, name)), "")


def _decoded(raw: str) -> str:
    try:
        pieces = decode_header(raw)
        return "".join(_piece(text, charset) for text, charset in pieces)
    except Exception:
        return raw


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode(charset or "ascii", "replace")
    except LookupError:
        return text.decode("latin-1")


def ids_in(text: str) -> list[str]:
    """Message ids in a header: what stands between angle brackets, else its words."""
    found = _BETWEEN_BRACKETS.findall(text) or ([text] if "@" in text and " " not in text.strip() else [])
    cleaned = (_SPACES.sub("", mail_id) for mail_id in found)
    return [
        mail_id for mail_id in cleaned if mail_id and len(mail_id) <= _LONGEST_ID and mail_id.isprintable()
    ]


def message_id(mail: EmailMessage) -> str | None:
    return next(iter(ids_in(_raw(mail, "message-id"))), None)


def ancestors(mail: EmailMessage) -> list[str]:
    """Ids of the mails before this one in its thread, oldest first."""
    return ids_in(_raw(mail, "references")) or ids_in(_raw(mail, "in-reply-to"))


def answered_id(mail: EmailMessage) -> str | None:
    """The mail that this one answers: In-Reply-To, else the last of References."""
    return next(iter(ids_in(_raw(mail, "in-reply-to"))), None) or next(
        iter(ids_in(_raw(mail, "references"))[::-1]), None
    )


def raw_headers(mail: EmailMessage, name: str) -> list[str]:
    """All values of a header as they stand: the library rewrites what it finds odd."""
    return [_one_line(str(value)) for key, value in mail.raw_items() if key.lower() == name]


def _raw(mail: EmailMessage, name: str) -> str:
    return next(iter(raw_headers(mail, name)), "")


def _one_line(raw: str) -> str:
    """Bytes beyond ASCII are UTF-8 or unknown."""
    try:
        raw = raw.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        pass
    return mended(raw, keep_lines=False)


def sent_at(mail: EmailMessage, envelope: datetime | None) -> datetime | None:
    """When it was sent: Date, if the newest Received does not contradict it; else Received; else the
    mailbox's own mark."""
    received = next(
        (time for text in header_texts(mail, "received") if (time := _time(text.rpartition(";")[2]))), None
    )
    dated = _time(header_text(mail, "date"))
    arrival = received or envelope
    if dated and (arrival is None or arrival - _BEHIND <= dated <= arrival + _AHEAD):
        return dated
    return arrival


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found >= _EARLIEST else None


def written_by_machine(mail: EmailMessage, *, outbound: bool) -> str | None:
    """`reply`, `bounce`, `report` or `list` for mail that is no contact; None for a person's."""
    if mail.get_content_type() == "multipart/report":
        kind = _parameter(mail, "report-type")
        return "bounce" if kind in ("", "delivery-status") else "report"
    by_marks = _by_marks(mail)
    if by_marks or outbound:
        return by_marks
    if _raw(mail, "return-path").strip() == "<>":
        return "bounce" if _says(mail, "from", ("mailer-daemon", "postmaster")) else "report"
    return "report" if _says(mail, "x-auto-response-suppress", ("all", "oof", "autoreply")) else None


def _by_marks(mail: EmailMessage) -> str | None:
    submitted = header_text(mail, "auto-submitted").lower()
    precedence = header_text(mail, "precedence").lower()
    if submitted.startswith("auto-replied") or precedence == "auto_reply" or header_text(mail, "x-autoreply"):
        return "reply"
    if (
        precedence in ("bulk", "list", "junk")
        or header_text(mail, "list-id")
        or header_text(mail, "list-unsubscribe")
    ):
        return "list"
    return "report" if submitted.startswith("auto-") else None


def _says(mail: EmailMessage, name: str, words: Iterable[str]) -> bool:
    text = header_text(mail, name).lower()
    return any(word in text for word in words)


def _parameter(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get_param(name) or "").lower()
    except Exception:
        return ""
