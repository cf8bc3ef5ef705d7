"""A session of a page: a cookie that scripts cannot read, and proof against forged writes."""

from typing import Any

from starlette.testclient import TestClient

from tests.api.memory_system import EVENT, MemorySystem, bearer, client, event


def begun(api: TestClient) -> Any:
    return api.post("/v1/session", headers=bearer("admin"))


def test_the_access_token_goes_into_a_cookie_that_no_script_and_no_other_site_can_use(
    api: TestClient,
) -> None:
    cookie = begun(api).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=86400" in cookie
    assert "secure" not in cookie


def test_behind_https_the_cookie_is_secure(system: MemorySystem) -> None:
    api = client(system.with_settings(public_url="https://desk.example.nl"))
    assert "secure" in begun(api).headers["set-cookie"].lower()


def test_reads_need_the_cookie_only(api: TestClient) -> None:
    session = begun(api).json()
    assert api.get("/v1/session").json() == session
    assert api.get("/v1/schemas").status_code == 200


def test_writes_need_the_csrf_token_as_well(api: TestClient) -> None:
    csrf = begun(api).json()["csrf_token"]
    headers = {"Content-Type": EVENT}
    for wrong in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": csrf.upper()}):
        refused = api.post("/v1/events", json=event(), headers={**headers, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (403, "bad_csrf_token")
    accepted = api.post("/v1/events", json=event(), headers={**headers, "X-CSRF-Token": csrf})
    assert accepted.status_code == 202


def test_the_csrf_token_of_one_session_does_not_fit_another(system: MemorySystem) -> None:
    first, second = client(system), client(system)
    foreign = first.post("/v1/session", headers=bearer("admin", id="first")).json()["csrf_token"]
    second.post("/v1/session", headers=bearer("admin", id="second"))
    headers = {"Content-Type": EVENT, "X-CSRF-Token": foreign}
    assert second.post("/v1/events", json=event(), headers=headers).status_code == 403


def test_a_write_with_the_token_in_the_header_needs_no_csrf_token(api: TestClient) -> None:
    begun(api)
    headers = {**bearer("connector"), "Content-Type": EVENT}
    assert api.post("/v1/events", json=event(), headers=headers).status_code == 202


def test_the_header_goes_before_the_cookie(api: TestClient) -> None:
    begun(api)
    assert api.get("/v1/session", headers=bearer("agent")).json()["role"] == "agent"
    assert api.get("/v1/session", headers={"Authorization": "Bearer x"}).status_code == 401


def test_an_ended_session_is_over(api: TestClient) -> None:
    begun(api)
    assert api.delete("/v1/session").status_code == 204
    assert api.get("/v1/session").status_code == 401
