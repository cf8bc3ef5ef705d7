"""Every call on customers by every role: no access token 401, a role that may not 403, the others what the matrix says."""

from typing import Any

import pytest

from api.roles import ROLES
from tests.api.desk.desk import Desk, email, event, talk, unique
from tests.api.desk.matrix import DESK_MATRIX, NOBODY
from tests.api.matrix import Call

STREAM = "/v1/live"
"""Has no end: that a role may hear it is shown where the stream itself is tested."""


@pytest.fixture(scope="module")
def world() -> dict[str, str]:
    return {}


@pytest.fixture
def ids(desk: Desk, world: dict[str, str]) -> dict[str, str]:
    """One customer with one of everything, made once."""
    if not world:
        who, named = email(), {name: unique(name) for name in ("order", "agreement", "follow_up", "talk")}
        desk.send(
            event("order.placed", [who], order_id=named["order"]),
            event("agreement.made", [who], agreement_id=named["agreement"], kind="callback"),
            event("follow_up.opened", [who], follow_up_id=named["follow_up"], kind="callback"),
            talk([who], conversation_id=named["talk"]),
        )
        entity = desk.system.names.entity
        world.update({kind: entity(kind, named[kind]) for kind in ("order", "agreement", "follow_up")})
        world.update(customer_id=desk.customer(who), conversation=entity("conversation", named["talk"]))
    return {**world, "id": NOBODY}


def _made(desk: Desk, call: Call, ids: dict[str, str], headers: dict[str, str]) -> Any:
    url = (call.url or call.path).format(**ids)
    return desk.api.request(call.method, url, headers=headers, **call.arguments)


@pytest.mark.parametrize("call", DESK_MATRIX, ids=lambda call: call.name)
def test_a_role_gets_what_the_matrix_says(desk: Desk, ids: dict[str, str], call: Call) -> None:
    assert call.roles is not None
    for role in ROLES:
        if role in call.roles and call.path == STREAM:
            continue
        answer = _made(desk, call, ids, desk.token(role, attests=role == "service"))
        assert answer.status_code == (call.answers if role in call.roles else 403), (role, answer.text)


@pytest.mark.parametrize("call", DESK_MATRIX, ids=lambda call: call.name)
def test_without_an_access_token_nothing_is_answered(desk: Desk, ids: dict[str, str], call: Call) -> None:
    assert _made(desk, call, ids, {}).status_code == 401
