"""One mail into one event. Its id is its Message-ID, or a hash of its bytes; never where it lay."""

import hashlib
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import msgspec

from services.imports.mail_headers import (
    ancestors,
    answered_id,
    header_text,
    message_id,
    raw_headers,
    sent_at,
    written_by_machine,
)
from services.imports.mail_owner import OwnSide, Parties, addresses_in, parties_of
from services.imports.mail_text import content_of
from services.imports.units import Converted, Outcome, Rejected, Skipped

SOURCE = "/import/mail"
_encode = msgspec.json.Encoder().encode
_parser = BytesParser(policy=policy.default)
_LONGEST_SUBJECT = 2000


def mail_outcome(raw: bytes, envelope: datetime | None, own: OwnSide) -> Outcome:
    """`envelope`: when the mailbox says that it came in, if it does."""
    try:
        mail = _parser.parsebytes(raw)
    except Exception:
        return Rejected("unreadable_mail")
    if not mail.keys():
        return Rejected("no_headers")
    at = sent_at(mail, envelope)
    if at is None:
        return Rejected("no_time")
    parties = _parties(mail, own)
    if parties.direction == "internal":
        return Skipped("internal_mail")
    name = message_id(mail) or "sha256-" + hashlib.sha256(raw).hexdigest()[:32]
    data, repairs = _data(mail, name, parties)
    event = {
        "specversion": "1.0",
        "id": name,
        "source": SOURCE,
        "type": "klantbeeld.interaction.recorded",
        "time": at.replace(tzinfo=None).isoformat() + "Z",
        "history": True,
        "data": data,
    }
    return Converted([_encode(event)], repairs)


def _parties(mail: EmailMessage, own: OwnSide) -> Parties:
    sender, to, cc = (addresses_in(raw_headers(mail, name)) for name in ("from", "to", "cc"))
    return parties_of(sender or addresses_in(raw_headers(mail, "sender")), to, cc, own)


def _data(mail: EmailMessage, name: str, parties: Parties) -> tuple[dict[str, Any], tuple[str, ...]]:
    content = content_of(mail)
    subject = header_text(mail, "subject")[:_LONGEST_SUBJECT]
    if "\ufffd" in subject:
        content.repairs.add("header")
    thread, answered = ancestors(mail), answered_id(mail)
    owner = (
        {"type": "email", "value": parties.owner}
        if parties.owner
        else {"type": "anonymous", "value": f"mail:{name}"}
    )
    fields = {
        "related": parties.related,
        "subject": subject,
        "text": content.text,
        "agent": {"id": parties.agent[:128]} if parties.agent else None,
        "auto": written_by_machine(mail, outbound=parties.direction == "outbound"),
        "in_reply_to": f"mail:{answered}" if answered else None,
        "attachments": content.attachments,
    }
    data: dict[str, Any] = {
        "identifiers": [owner],
        "interaction_id": f"mail:{name}",
        "conversation_id": f"mail:{thread[0] if thread else name}",
        "channel": "email",
        "direction": parties.direction,
        **{key: value for key, value in fields.items() if value},
    }
    return data, tuple(sorted(content.repairs))
