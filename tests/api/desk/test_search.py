"""Search: what is found, whose it is, in pages."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, email, event, number, talk, unique


def search(desk: Desk, query: str, **body: Any) -> Any:
    waiting = f"?wait_for={desk.position}" if desk.position else ""
    return desk.post(f"/v1/search{waiting}", {"query": query, **body})


def word() -> str:
    """One word that no other test uses."""
    return unique("zoekwoord").replace("-", "x")


def test_a_customer_is_found_by_a_misspelt_name_once_however_many_identifiers_there_are(desk: Desk) -> None:
    who = [number(), email(), email()]
    desk.send(event("customer.described", who, name={"given": "Wilhelmina", "family": "Oosterbroek"}))
    hits = search(desk, "Osterbroek").json()["items"]
    assert [(one["kind"], one["id"], one["customer_id"]) for one in hits] == [
        ("customer", desk.customer(who[0]), desk.customer(who[0]))
    ]


def test_a_contact_is_found_by_its_words_which_are_marked(desk: Desk) -> None:
    who, said, thread = email(), word(), unique("c")
    desk.send(talk([who], conversation_id=thread, text=f"Mijn <b>{said}</b> is stuk"))
    (hit,) = search(desk, said.upper()).json()["items"]
    assert (hit["kind"], hit["customer_id"]) == ("contact", desk.customer(who))
    assert hit["id"] == desk.system.names.entity("conversation", thread)
    assert f"<mark>{said}</mark>" in hit["highlight"]
    assert "<b>" not in hit["highlight"]


def test_an_order_is_found_by_its_number(desk: Desk) -> None:
    who, order = email(), f"web:{word()}"
    desk.send(event("order.placed", [who], order_id=order))
    (hit,) = search(desk, order).json()["items"]
    assert (hit["kind"], hit["id"]) == ("order", desk.system.names.entity("order", order))


def test_what_is_found_belongs_to_who_the_customer_is_now(desk: Desk) -> None:
    who, other, said = email(), email(), word()
    desk.send(talk([other], "2026-02-02T10:00:00Z", text=said), talk([who], "2026-02-01T10:00:00Z"))
    before = search(desk, said).json()["items"][0]["customer_id"]
    desk.send(event("customer.described", [who, other], "2026-02-03T10:00:00Z"))
    after = search(desk, said).json()["items"][0]["customer_id"]
    assert before != after == desk.customer(who)


def test_what_belongs_to_nobody_in_particular_has_no_customer(desk: Desk) -> None:
    phone, said = {"type": "phone", "value": "+31612345631"}, word()
    desk.send(talk([number(), phone]), talk([number(), phone]), talk([phone], text=said))
    (hit,) = search(desk, said).json()["items"]
    assert hit["customer_id"] is None


def various(desk: Desk) -> tuple[str, dict[str, str]]:
    said, who = word(), email()
    threads = {name: unique(name) for name in ("chat", "phone", "old")}
    desk.send(
        talk([who], "2026-02-03T10:00:00Z", conversation_id=threads["chat"], text=said),
        talk([who], "2026-02-02T10:00:00Z", conversation_id=threads["phone"], channel="phone", text=said),
        talk([who], "2026-02-01T10:00:00Z", conversation_id=threads["old"], text=said),
    )
    return said, {desk.system.names.entity("conversation", one): name for name, one in threads.items()}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "chat phone old"),
        ({"channel": ["phone"]}, "phone"),
        ({"channel": "phone"}, "phone"),
        ({"kind": ["contact", "order"]}, "chat phone old"),
        ({"kind": "customer"}, ""),
        ({"from": "2026-02-02T10:00:00Z"}, "chat phone"),
        ({"to": "2026-02-02T10:00:00Z"}, "old"),
        ({"from": None, "to": None}, "chat phone old"),
    ],
    ids=str,
)
def test_filters(desk: Desk, filters: dict[str, Any], expected: str) -> None:
    said, threads = various(desk)
    hits = search(desk, said, filters=filters).json()["items"]
    assert {threads[one["id"]] for one in hits} == set(expected.split())


def test_pages_in_a_row_hold_every_hit_once_and_a_cursor_belongs_to_its_query(desk: Desk) -> None:
    said, threads = various(desk)
    first = search(desk, said, limit=2).json()
    second = search(desk, said, limit=2, cursor=first["next_cursor"]).json()
    assert {one["id"] for page in (first, second) for one in page["items"]} == set(threads)
    assert second["next_cursor"] is None
    for other in (search(desk, "iets anders", cursor=first["next_cursor"]), search(desk, said, cursor="x")):
        assert (other.status_code, other.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("query", ["", "  ", "!?", "'", '"', "& | ! <->", "%", "\\", "\u0301", "a" * 1000])
def test_any_text_is_a_query(desk: Desk, query: str) -> None:
    assert search(desk, query).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 1},
        {"query": "a" * 1001},
        {"query": "a", "limit": 0},
        {"query": "a", "limit": 101},
        {"query": "a", "filters": {"kind": ["thing"]}},
        {"query": "a", "filters": {"from": "yesterday"}},
        {"query": "a", "filters": {"surprise": 1}},
        {"query": "a\0"},
    ],
    ids=str,
)
def test_what_is_no_search_is_400(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.post("/v1/search", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
