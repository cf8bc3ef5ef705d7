"""What a lead says of two identifiers, and customers to say it of."""

from typing import Any

from tests.api.desk.desk import Desk, ago, ahead, email, event, number, talk, unique

LINKS, UNLINKS = "/v1/identity/links", "/v1/identity/unlinks"
WITHDRAWALS = "/v1/identity/withdrawals"
Identifier = dict[str, str]


def bare(*identifiers: Identifier) -> list[Identifier]:
    return [{"type": one["type"], "value": one["value"]} for one in identifiers]


def judge(desk: Desk, path: str, *pair: Identifier, **body: Any) -> Any:
    """By a lead. Without `preview` it must be taken, and is seen from then on."""
    answer = desk.post(path, {"identifiers": bare(*pair), "reason": "She said so", **body}, role="lead")
    assert answer.status_code == (200 if body.get("preview") else 201), answer.text
    return answer


def refused(desk: Desk, path: str, *pair: Identifier, **body: Any) -> tuple[int, str]:
    answer = desk.post(path, {"identifiers": bare(*pair), "reason": "Why not", **body}, role="lead")
    return answer.status_code, answer.json()["code"]


def obstacle(desk: Desk, path: str, *pair: Identifier) -> Any:
    found = judge(desk, path, *pair, preview=True).json()["obstacle"]
    return found and found["code"]


def two(desk: Desk) -> tuple[Identifier, Identifier]:
    """Two customers; the first was seen first."""
    one, other = number(), number()
    desk.send(talk([one], "2026-01-01T10:00:00Z"), talk([other], "2026-01-02T10:00:00Z"))
    return one, other


def words(desk: Desk, *whose: Identifier) -> list[str]:
    """Types of what a person said, on the timelines of these."""
    pages = [desk.get(f"/v1/customers/{id_}/timeline") for id_ in {desk.customer(one) for one in whose}]
    types = [entry["type"] for page in pages for entry in page.json()["items"]]
    return [one for one in types if one.startswith("identity.")]


def furnished(desk: Desk) -> tuple[Identifier, Identifier, Identifier]:
    """Two customers of whom the younger has two identifiers and something of every kind."""
    one, other, mail = number(), number(), email(strength="verified")
    desk.send(
        event("customer.described", [one], "2026-01-01T10:00:00Z", name={"given": "Anna"}),
        event("customer.described", [other, mail], "2026-01-02T10:00:00Z", name={"given": "Bea"}),
        talk([mail], ago(days=2), conversation_id=unique("c")),
        event("order.placed", [other], ago(days=1), order_id=unique("o")),
        event("agreement.made", [mail], agreement_id=unique("ag"), kind="callback", due_at=ahead(days=1)),
        event("agreement.made", [mail], agreement_id=unique("ag"), kind="gone", due_at="2026-01-05"),
        event("follow_up.opened", [other], follow_up_id=unique("f"), kind="callback"),
    )
    return one, other, mail
