"""Access tokens: what proves a role, what does not, and what is said about it."""

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from api.roles import CAPABILITIES, GRANTS, ROLES, table
from api.tokens import issue
from klantbeeld.ingest.accept import Ingest, Receipt
from klantbeeld.ingest.sender import Sender
from tests.api.memory_system import EVENT, NOW, TOKEN_KEY, MemorySystem, bearer, client, event

ROOT = Path(__file__).resolve().parents[2]
CLAIMS: dict[str, Any] = {
    "sub": "anna",
    "role": "agent",
    "name": "Anna",
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(days=1)).timestamp()),
}


def asked(api: TestClient, token: str) -> Any:
    return api.get("/v1/session", headers={"Authorization": f"Bearer {token}"})


def signed(key: bytes = TOKEN_KEY, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm)


def unsigned() -> str:
    parts = [{"alg": "none", "typ": "JWT"}, CLAIMS]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, ""])


def test_a_good_token_tells_who_asks(api: TestClient) -> None:
    answer = asked(api, signed(team="north"))
    assert answer.status_code == 200
    assert answer.json()["id"] == "anna"
    assert answer.json()["team"] == "north"
    assert answer.json()["expires_at"] == "2026-03-03T09:30:00Z"
    assert "read_customers" in answer.json()["capabilities"]


def test_without_a_token_the_answer_names_the_scheme(api: TestClient) -> None:
    answer = api.get("/v1/session")
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Bearer ", "bearer", "nonsense"])
def test_another_scheme_is_no_token(api: TestClient, value: str) -> None:
    answer = api.get("/v1/session", headers={"Authorization": value})
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")


BAD = {
    "another key": signed(key=b"another signing key of 32 bytes!"),
    "no signature": unsigned(),
    "another algorithm": signed(algorithm="HS512"),
    "an unknown role": signed(role="king"),
    "a role that is a list": signed(role=["admin"]),
    "no role": signed(role=None),
    "no end": signed(exp=None),
    "no beginning": signed(iat=None),
    "no subject": signed(sub=None),
    "an empty name": signed(name=""),
    "a beginning in the future": signed(iat=CLAIMS["iat"] + 3600),
    "an end that is text": signed(exp="tomorrow"),
    "an endless end": signed(exp=10**30),
    "patterns that are text": signed(sources="*"),
    "no token at all": "x.y.z",
    "letters beyond ASCII": "\u00e9\u00e9",
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_proves_nothing_is_401(api: TestClient, name: str) -> None:
    answer = api.get("/v1/session", headers={"Authorization": f"Bearer {BAD[name]}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_ends_at_its_moment(system: MemorySystem) -> None:
    token = issue(TOKEN_KEY, role="agent", name="Anna", now=NOW, days=1)
    system.clock = lambda: NOW + timedelta(days=1, seconds=-1)
    assert asked(client(system), token).status_code == 200
    system.clock = lambda: NOW + timedelta(days=1)
    answer = asked(client(system), token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_a_role_that_may_not_is_told_its_role(api: TestClient) -> None:
    headers = {**bearer("agent"), "Content-Type": EVENT, "Accept-Language": "en"}
    answer = api.post("/v1/events", json=event(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "agent" in answer.json()["detail"]


class Watched:
    """Ingest that remembers who sent."""

    def __init__(self, ingest: Ingest) -> None:
        self.ingest, self.senders = ingest, list[Sender]()

    def accept(self, raws: Sequence[bytes], sender: Sender) -> Receipt:
        self.senders.append(sender)
        return self.ingest.accept(raws, sender)


@pytest.mark.parametrize("attests", [False, True])
def test_only_an_attesting_token_makes_verified_count(
    api: TestClient, system: MemorySystem, monkeypatch: pytest.MonkeyPatch, attests: bool
) -> None:
    watched = Watched(system.ingest)
    monkeypatch.setattr(system, "ingest", watched)
    headers = {**bearer("connector", id="shop", attests=attests), "Content-Type": EVENT}
    assert api.post("/v1/events", json=event(), headers=headers).json()["accepted"] == 1
    assert [(sender.name, sender.attests, sender.system) for sender in watched.senders] == [
        ("shop", attests, False)
    ]


def test_an_admin_may_everything_and_nobody_has_an_unknown_capability() -> None:
    assert GRANTS["admin"] == set(CAPABILITIES)
    assert set(GRANTS) == set(ROLES)


@pytest.mark.parametrize("role", ["connector", "ops", "service", "privacy"])
def test_only_desks_read_customers(role: Any) -> None:
    assert "read_customers" not in GRANTS[role]


def test_the_document_shows_the_table() -> None:
    assert table() in (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
