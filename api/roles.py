"""Which role may do what: the one table. Routes ask for capabilities, never for roles.

To add a capability: its name, its line in `CAPABILITIES`, and the roles that have it; `docs/access.md` shows them.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Role = Literal["connector", "agent", "lead", "ops", "privacy", "service", "admin"]
Capability = Literal[
    "events",
    "hooks",
    "schemas",
    "lookup",
    "read_customers",
    "brief_of_verified",
    "search",
    "follow_ups_queue",
    "clocks",
    "own_entries",
    "commands",
    "assign_others",
    "live",
    "report_doubt",
    "identity",
    "reports",
    "sources",
    "dead_letters_by_reason",
    "dead_letters",
    "privacy",
    "audit",
    "rules",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

CAPABILITIES: Final[Mapping[Capability, str]] = {
    "events": "send events, from the sources and of the types in the access token",
    "hooks": "deliver webhooks of a vendor",
    "schemas": "read the JSON Schemas of events",
    "lookup": "find the customer behind identifiers",
    "read_customers": "customers, timelines, orders, agreements, contacts, conversations",
    "brief_of_verified": "the brief of one customer whose identifier was verified",
    "search": "search in customers, contacts and orders",
    "follow_ups_queue": "the queue of follow-ups and its counts",
    "clocks": "how a clock was counted",
    "own_entries": "record an agreement, follow-up or interaction of one's own",
    "commands": "act on follow-ups, agreements, interactions and conversations",
    "assign_others": "give a follow-up to somebody else",
    "live": "be told what changes",
    "report_doubt": "say that an identifier may be somebody else's",
    "identity": "join and separate customers by hand, and what is left to decide about that",
    "reports": "figures by channel, team and period",
    "sources": "how each source is doing",
    "dead_letters_by_reason": "how many events were set aside, and why",
    "dead_letters": "see, retry and discard events that were set aside",
    "privacy": "erase, restrict, export",
    "audit": "who saw whom, when and why",
    "rules": "change rules, policies and calendars",
}

_AGENT: Final[frozenset[Capability]] = frozenset(
    {
        "schemas", "lookup", "read_customers", "search", "follow_ups_queue", "clocks", "own_entries",
        "commands", "live", "report_doubt",
    }
)  # fmt: skip

GRANTS: Final[Mapping[Role, frozenset[Capability]]] = {
    "connector": frozenset({"events", "hooks", "schemas"}),
    "agent": _AGENT,
    "lead": _AGENT | {"assign_others", "identity", "reports"},
    "ops": frozenset(
        {"schemas", "reports", "follow_ups_queue", "clocks", "sources", "dead_letters_by_reason"}
    ),
    "privacy": frozenset({"schemas", "privacy", "audit", "report_doubt", "identity"}),
    "service": frozenset({"schemas", "brief_of_verified"}),
    "admin": frozenset(CAPABILITIES),
}


def may(role: Role, *capabilities: Capability) -> bool:
    """Whether the role has at least one of them."""
    return not GRANTS[role].isdisjoint(capabilities)


def table() -> str:
    """The grants as a Markdown table, for the documents."""
    lines = [f"| capability | means | {' | '.join(ROLES)} |", f"|---|---|{'---|' * len(ROLES)}"]
    for capability, meaning in CAPABILITIES.items():
        marks = ["x" if may(role, capability) else "" for role in ROLES]
        lines.append(f"| `{capability}` | {meaning} | {' | '.join(marks)} |")
    return "\n".join(lines)
