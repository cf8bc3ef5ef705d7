"""Words about customers, left out for who may not read customers."""

from typing import Any, Final

from api.roles import may
from api.tokens import Principal

WORDS: Final = frozenset({"text", "customer_id", "external_id", "order_external_id"})
"""The ids of sources may hold a telephone number."""


def may_read_words(principal: Principal) -> bool:
    return may(principal.role, "read_customers")


def without_words(one: dict[str, Any]) -> dict[str, Any]:
    """A follow-up or an agreement as it is shown to them."""
    return {name: value for name, value in one.items() if name not in WORDS}
