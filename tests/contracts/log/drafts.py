"""Drafts for the log, one field at a time."""

from datetime import UTC, datetime
from typing import Any

from klantbeeld.log.record import Draft, Flags
from klantbeeld.log.sealing import new_token, uuid_text

OWNER = new_token()


def draft(number: int, **changes: Any) -> Draft:
    """A draft with an event key of its own for each number."""
    values: dict[str, Any] = {
        "event_key": uuid_text(number.to_bytes(16, "big")),
        "type": "visit.recorded",
        "channel": None,
        "direction": None,
        "occurred_at": datetime(2026, 11, 10, 9, 0, 0, 123456, tzinfo=UTC),
        "sequence": -7,
        "owner": OWNER,
        "tokens": (OWNER, new_token()),
        "flags": Flags.HISTORY | Flags.AUTO,
        "digest": number.to_bytes(16, "big"),
        "sealed": bytes(range(256)),
    }
    return Draft(**(values | changes))
