"""Which role may make which call on customers: by hand from the contract. Names in braces stand for ids of a small world.

Commands are sent to what nobody knows: 404 says that the role may.
"""

from typing import Any

from api.roles import Role
from tests.api.matrix import Call

READERS: tuple[Role, ...] = ("agent", "lead", "admin")
QUEUE: tuple[Role, ...] = ("agent", "lead", "ops", "admin")
JUDGES: tuple[Role, ...] = ("lead", "privacy", "admin")
NOBODY = "00000000-0000-0000-0000-000000000000"


def _read(path: str) -> Call:
    return Call(method="GET", path=path, roles=READERS)


def _new(path: str, **body: Any) -> Call:
    return Call(method="POST", path=path, roles=READERS, answers=201, arguments={"json": body})


def _command(path: str, answers: int = 404, **body: Any) -> Call:
    return Call(method="POST", path=path, roles=READERS, answers=answers, arguments={"json": body})


ASKED = {"type": "email", "value": "nobody.known@example.nl", "strength": "verified"}

DESK_MATRIX = (
    Call(
        method="POST",
        path="/v1/customers/lookup",
        roles=("agent", "lead", "service", "admin"),
        answers=404,
        arguments={"json": {"identifiers": [ASKED]}},
    ),
    _read("/v1/customers/{customer_id}"),
    _read("/v1/customers/{customer_id}/timeline"),
    _read("/v1/customers/{customer_id}/orders"),
    _read("/v1/customers/{customer_id}/agreements"),
    _read("/v1/customers/{customer_id}/contacts"),
    _read("/v1/customers/{customer_id}/follow-ups"),
    Call(method="GET", path="/v1/orders/{id}", url="/v1/orders/{order}", roles=READERS),
    Call(method="GET", path="/v1/agreements/{id}", url="/v1/agreements/{agreement}", roles=READERS),
    Call(method="GET", path="/v1/follow-ups/{id}", url="/v1/follow-ups/{follow_up}", roles=READERS),
    Call(method="GET", path="/v1/conversations/{id}", url="/v1/conversations/{conversation}", roles=READERS),
    Call(method="GET", path="/v1/follow-ups", roles=QUEUE),
    Call(method="GET", path="/v1/follow-ups/counts", roles=QUEUE),
    Call(
        method="GET",
        path="/v1/customers/{customer_id}/identity",
        roles=("agent", "lead", "privacy", "admin"),
    ),
    Call(method="GET", path="/v1/identity/conflicts", roles=JUDGES),
    *(
        Call(
            method="POST",
            path=path,
            roles=JUDGES,
            arguments={"json": {"identifiers": [ASKED, {**ASKED, "type": "account:web"}], "preview": True}},
        )
        for path in ("/v1/identity/links", "/v1/identity/unlinks", "/v1/identity/withdrawals")
    ),
    Call(
        method="POST",
        path="/v1/identity/reports",
        roles=("agent", "lead", "privacy", "admin"),
        answers=404,
        arguments={"json": {"customer_id": NOBODY, "reason": "Another voice"}},
    ),
    Call(method="POST", path="/v1/search", roles=READERS, arguments={"json": {"query": "anna"}}),
    Call(method="GET", path="/v1/live", url="/v1/live?agent=me", roles=READERS),
    _new("/v1/customers/{customer_id}/agreements", kind="callback"),
    _new("/v1/customers/{customer_id}/follow-ups", kind="callback"),
    _new("/v1/customers/{customer_id}/interactions", channel="phone", direction="inbound"),
    _command("/v1/interactions/{id}/classify", topic="delivery"),
    _command("/v1/interactions/{id}/attribute", to={"type": "email", "value": "anna@example.nl"}),
    _command("/v1/agreements/{id}/reschedule", due_at="2030-01-01"),
    _command("/v1/agreements/{id}/keep"),
    _command("/v1/agreements/{id}/withdraw"),
    _command("/v1/follow-ups/{id}/assign", assignee="me"),
    _command("/v1/follow-ups/{id}/release"),
    _command("/v1/follow-ups/{id}/snooze", until="2030-01-01T10:00:00Z"),
    _command("/v1/follow-ups/{id}/complete"),
    _command("/v1/follow-ups/{id}/cancel"),
    _command("/v1/follow-ups/{id}/reopen"),
    _command("/v1/conversations/{id}/handover", to={"team": "second line"}),
    _command("/v1/conversations/{id}/wait", **{"for": "customer"}),
    _command("/v1/conversations/{id}/continue"),
    _command("/v1/conversations/{id}/resolve"),
    _command("/v1/conversations/{id}/reopen"),
)
