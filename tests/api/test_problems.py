"""Problem documents: one form for every error, in the caller's language, without what was sent."""

import ast
import json
import logging
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Query
from starlette.testclient import TestClient

from api.app import create_app
from api.messages import MESSAGES, preferred
from api.problems import Problem
from api.schemas.given import Given
from tests.api.memory_system import MemorySystem, bearer
from tests.guards.checkout import product_modules

SECRET = "geheim van anna"


class Wish(Given):
    count: int
    words: tuple[str, ...] = ()


router = APIRouter()


@router.post("/wishes")
def wish(given: Wish) -> None:
    raise Problem(409, "not_yet", detail="because", extras={"by": "bert", "status": 1})


@router.get("/wishes/{number}")
def wishes(number: int, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> None:
    raise ValueError(SECRET)


@pytest.fixture(scope="module")
def odd() -> TestClient:
    return TestClient(create_app(MemorySystem(), [router]), raise_server_exceptions=False)


def test_a_document_has_the_members_of_the_standard(api: TestClient) -> None:
    answer = api.get("/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:klantbeeld:problem:not_found",
        "title": "Not found",
        "status": 404,
        "code": "not_found",
        "detail": "Dit adres bestaat niet.",
    }


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "nl"),
        ("", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.2, nl;q=0.8", "nl"),
        ("de", "nl"),
        ("*", "nl"),
        ("en;q=0", "nl"),
        ("en;q=nan, ;;;,q=x", "nl"),
    ],
)
def test_the_language_that_the_caller_likes_best_is_taken(accepted: str | None, language: str) -> None:
    assert preferred(accepted, "nl") == language


def test_title_is_english_and_detail_follows_the_caller(api: TestClient) -> None:
    answer = api.get("/nothing", headers={"Accept-Language": "en"})
    assert (answer.json()["title"], answer.json()["detail"]) == (
        "Not found",
        "There is nothing at this address.",
    )
    assert answer.headers["content-language"] == "en"


def test_extras_join_but_never_replace(odd: TestClient) -> None:
    answer = odd.post("/wishes", json={"count": 1})
    assert answer.status_code == 409
    assert answer.json()["by"] == "bert"
    assert answer.json()["status"] == 409
    assert answer.json()["detail"] == "because"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, {"in": "body", "name": "count", "code": "missing"}),
        ({"count": SECRET}, {"in": "body", "name": "count", "code": "int_parsing"}),
        ({"count": 1, SECRET: 2}, {"in": "body", "name": "*", "code": "extra_forbidden"}),
        ({"count": 1, "words": ["a", 5]}, {"in": "body", "name": "words.1", "code": "string_type"}),
        ({"count": 1, "words": ["\udc00"]}, {"in": "body", "name": "", "code": "lone_surrogate"}),
        ({"count": 1, "words": ["a\0"]}, {"in": "body", "name": "", "code": "control_character"}),
        ({"count": 1, "\0": 1}, {"in": "body", "name": "", "code": "control_character"}),
        ([], {"in": "body", "name": "", "code": "model_attributes_type"}),
    ],
)
def test_what_does_not_fit_is_named_by_place_and_never_repeated(
    odd: TestClient, body: Any, place: dict[str, str]
) -> None:
    answer = odd.post("/wishes", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["places"] == [place]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "url", ["/wishes/x", "/wishes/1?limit=0", "/wishes/1?limit=x", f"/wishes/{'9' * 5000}"]
)
def test_bad_parameters_are_400_too(odd: TestClient, url: str) -> None:
    answer = odd.get(url)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"count": ' + b"9" * 5000 + b"}"])
def test_an_unreadable_body_is_400(odd: TestClient, body: bytes) -> None:
    answer = odd.post("/wishes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_json", "bad_request"}


@pytest.mark.parametrize("url", ["/wishes/1?limit=%00", "/wishes/%00", "/pages/index.html%00", "/%00"])
def test_a_nul_character_in_an_address_is_400(odd: TestClient, url: str) -> None:
    answer = odd.get(url)
    assert (answer.status_code, answer.json()["code"]) == (400, "control_character")


def test_a_body_beyond_the_general_limit_is_413(odd: TestClient) -> None:
    answer = odd.post("/wishes", json={"count": 1, "words": ["x" * 300_000]})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_an_unexpected_error_is_500_with_an_incident_and_without_its_message(
    odd: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "klantbeeld"):
        answer = odd.get("/wishes/1")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["incident"] in answer.json()["detail"]
    assert answer.json()["incident"] in caplog.text
    assert "route=/wishes/{number}" in caplog.text
    assert "ValueError at test_problems.py" in caplog.text
    assert SECRET not in caplog.text + answer.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/events", "POST"),
        ("PUT", "/v1/session", "DELETE, GET, HEAD, POST"),
        ("OPTIONS", "/livez", "GET, HEAD"),
        ("BREW", "/livez", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_possible_is_405_and_names_those_that_are(
    api: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = api.request(method, path, headers=bearer("admin"))
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_every_code_that_is_raised_has_its_texts() -> None:
    raised = {
        node.args[1].value
        for name, tree in product_modules()
        if name.startswith("api/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem"
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    }
    assert raised
    assert raised - MESSAGES.keys() == set()


def test_every_text_is_there_in_both_languages() -> None:
    assert all(message.title and message.nl and message.en for message in MESSAGES.values())
    assert not [code for code, message in MESSAGES.items() if message.nl == message.en]
