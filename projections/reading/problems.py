"""Why a question has no plain answer. Each has a stable code; the API turns it into a problem document."""

from collections.abc import Sequence
from typing import Any


class UnknownCustomer(Exception):
    code = "unknown_customer"


class UnknownEntity(Exception):
    """No order, agreement, follow-up, conversation or interaction has this id."""

    code = "unknown_id"


class UnknownLink(Exception):
    """No pair of known identifiers has this link_id."""

    code = "unknown_link"


class Redirected(Exception):
    """The id belongs to a customer who is known under another id now."""

    code = "redirected"

    def __init__(self, customer_id: str) -> None:
        super().__init__(self.code)
        self.customer_id = customer_id


class SharedIdentifier(Exception):
    """The id is that of an identifier that several people use."""

    code = "shared_identifier"

    def __init__(self, candidates: Sequence[dict[str, Any]]) -> None:
        super().__init__(self.code)
        self.candidates = candidates


class NotYetKnown(Exception):
    """The moment asked about lies after what is known."""

    code = "not_yet_known"


class NotYetVisible(Exception):
    """The position waited for was not reached in time."""

    code = "not_yet_visible"


class BadCursor(Exception):
    """The cursor is not one of ours, or belongs to other filters."""

    code = "bad_cursor"
