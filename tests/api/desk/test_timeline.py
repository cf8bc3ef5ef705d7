"""The timeline: pages, filters, cursors, and what was known at a moment."""

import json
from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, email, event, number, talk, unique


def days(count: int, start: int = 1) -> list[str]:
    return [f"2026-02-{day:02}T10:00:00Z" for day in range(start, start + count)]


def ids(page: Any) -> list[str]:
    return [one["external_id"] for one in page["items"]]


def filled(desk: Desk, count: int = 10) -> tuple[dict[str, str], str, list[str]]:
    """Somebody with messages on as many days; their ids newest first."""
    who = email()
    sent = [talk([who], day) for day in days(count)]
    desk.send(*sent)
    return who, f"/v1/customers/{desk.customer(who)}/timeline", [one["id"] for one in reversed(sent)]


def test_an_entry_says_what_happened_and_keeps_what_was_sent(desk: Desk) -> None:
    who = number()
    sent = talk(
        [who], "2026-02-01T10:00:00.5Z", topic="delivery", agent={"id": "a-7", "name": "Bram"}, odd=1.10
    )
    desk.send(sent)
    path = f"/v1/customers/{desk.customer(who)}/timeline"
    (entry,) = desk.get(path).json()["items"]
    assert (entry["type"], entry["source"], entry["external_id"]) == (
        "interaction.recorded",
        "/tests",
        sent["id"],
    )
    assert (entry["channel"], entry["direction"]) == ("chat", "inbound")
    assert entry["occurred_at"] == "2026-02-01T10:00:00.500000Z"
    assert entry["text"] == "Waar blijft mijn pakket?"
    assert entry["agent"] == {"id": "a-7", "name": "Bram"}
    assert entry["data"] == sent["data"]
    assert entry["title"] == "Contact: delivery"


def test_data_is_answered_byte_for_byte(desk: Desk) -> None:
    who = number()
    odd = '{"identifiers": [%s],  "channel":"chat","direction":"inbound","n":1.10,"big":123456789012345678901234567890}'
    data = odd % '{"type":"customer_number","value":"%s"}' % who["value"]
    raw = json.dumps([{**talk([who]), "data": "DATA"}]).replace('"DATA"', data)
    headers = {**desk.token("connector"), "Content-Type": "application/cloudevents-batch+json"}
    desk.position = desk.api.post("/v1/events", content=raw, headers=headers).json()["position"]
    answer = desk.get(f"/v1/customers/{desk.customer(who)}/timeline")
    assert data in answer.text


def test_titles_follow_the_language_of_the_caller(desk: Desk) -> None:
    who = number()
    desk.send(event("order.placed", [who], order_id=unique("o")))
    headers = {**desk.token("agent"), "Accept-Language": "en"}
    answer = desk.api.get(f"/v1/customers/{desk.customer(who)}/timeline", headers=headers)
    assert answer.json()["items"][0]["title"] == "Order placed"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("limit", [1, 3, 4, 10, 500])
def test_pages_in_a_row_hold_every_entry_once(desk: Desk, limit: int) -> None:
    _, path, expected = filled(desk)
    found, cursor = [], None
    while True:
        page = desk.get(path, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        found += ids(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == expected


def test_a_cursor_survives_new_entries_and_a_merge_and_the_other_way_leads_to_the_news(desk: Desk) -> None:
    who, path, expected = filled(desk)
    first = desk.get(path, limit=4).json()
    other = email()
    older, newer = talk([other], "2026-02-03T12:00:00Z"), talk([who], ago(minutes=5))
    desk.send(older, newer, event("customer.described", [who, other], "2026-01-01T10:00:00Z"))
    second = desk.get(path, limit=3, cursor=first["next_cursor"]).json()
    assert ids(second) == expected[4:7]
    third = desk.get(path, limit=3, cursor=second["next_cursor"]).json()
    assert ids(third) == [older["id"], *expected[7:9]]
    news = desk.get(path, limit=10, cursor=first["prev_cursor"]).json()
    assert ids(news) == [newer["id"]]
    assert ids(desk.get(path, limit=10, cursor=news["next_cursor"]).json())[:4] == expected[:4]
    nothing = desk.get(path, cursor=news["prev_cursor"]).json()
    assert nothing["items"] == []
    latest = talk([who], ago(minutes=1))
    desk.send(latest)
    assert ids(desk.get(path, cursor=nothing["prev_cursor"]).json()) == [latest["id"]]


def test_going_back_shows_the_pages_before(desk: Desk) -> None:
    _, path, expected = filled(desk)
    second = desk.get(path, limit=3, cursor=desk.get(path, limit=3).json()["next_cursor"]).json()
    third = desk.get(path, limit=3, cursor=second["next_cursor"]).json()
    assert ids(desk.get(path, limit=3, cursor=third["prev_cursor"]).json()) == expected[3:6]


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "chat"},
        {"type": "interaction.recorded"},
        {"agent": "a"},
        {"from_": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_cursor_belongs_to_its_filters(desk: Desk, change: dict[str, str]) -> None:
    _, path, _ = filled(desk, 3)
    page = desk.get(path, limit=1).json()
    answer = desk.get(path, limit=1, cursor=page["next_cursor"], **change)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_cursor_does_not_tell_what_it_holds(desk: Desk) -> None:
    _, path, expected = filled(desk, 3)
    cursor = desk.get(path, limit=1).json()["next_cursor"]
    assert expected[0] not in cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()


def assorted(desk: Desk) -> tuple[str, dict[str, str]]:
    """One customer with one of each; event ids by name."""
    who, order = number(), unique("o")
    events = {
        "chat": talk([who], "2026-02-01T10:00:00Z", agent={"id": "a-7"}),
        "call": talk([who], "2026-02-02T10:00:00Z", channel="phone", agent={"id": "a-8"}),
        "order": event("order.placed", [who], "2026-02-03T10:00:00Z", order_id=order, channel="web"),
        "news": event("order.status_changed", [who], "2026-02-04T10:00:00Z", order_id=order, status="packed"),
        "note": event(
            "agreement.made",
            [who],
            "2026-02-05T10:00:00Z",
            agreement_id=unique("a"),
            kind="x",
            order_id=order,
        ),
    }
    desk.send(*events.values())
    return f"/v1/customers/{desk.customer(who)}", {one["id"]: name for name, one in events.items()}


FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a channel": ({"channel": "phone"}, ["call"]),
    "channels": ({"channel": ["phone", "chat"]}, ["call", "chat"]),
    "a type": ({"type": "order.placed"}, ["order"]),
    "types": ({"type": ["order.placed", "agreement.made"]}, ["note", "order"]),
    "an agent": ({"agent": "a-7"}, ["chat"]),
    "from, inclusive": ({"from_": "2026-02-04T10:00:00Z"}, ["note", "news"]),
    "to, exclusive": ({"to": "2026-02-02T10:00:00Z"}, ["chat"]),
    "from and to": ({"from_": "2026-02-02T11:00:00+01:00", "to": "2026-02-03T10:00:00Z"}, ["call"]),
    "a channel and a type": ({"channel": "web", "type": "interaction.recorded"}, []),
    "what does not occur": ({"channel": "fax"}, []),
    "an order that is none": ({"order_id": "web:1001"}, []),
}


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize(
    "then", [{}, {"as_of": "2026-03-01T00:00:00Z", "as_of_basis": "occurred"}], ids=["now", "then"]
)
def test_filters(desk: Desk, name: str, then: dict[str, str]) -> None:
    path, names = assorted(desk)
    asked, expected = FILTERS[name]
    page = desk.get(f"{path}/timeline", **asked, **then).json()
    assert [names[one] for one in ids(page)] == expected


def test_the_entries_of_one_order(desk: Desk) -> None:
    path, names = assorted(desk)
    order = desk.get(f"{path}/orders").json()["items"][0]["order_id"]
    page = desk.get(f"{path}/timeline", order_id=order).json()
    assert [names[one] for one in ids(page)] == ["note", "news", "order"]


@pytest.mark.parametrize(
    "query",
    [
        {"channel": "pigeon"},
        {"channel": ["chat", "pigeon"]},
        {"type": "klantbeeld.order.placed"},
        {"type": "order.vanished"},
        {"limit": 0},
        {"limit": 501},
        {"limit": "many"},
        {"from_": "yesterday"},
        {"to": "2026-02-30T10:00:00Z"},
        {"from_": "2026-02-01T10:00:00"},
        {"from_": "0000-01-01T00:00:00Z"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"as_of": "1"},
        {"as_of": "2026-02-01T10:00:00Z", "as_of_basis": "guessed"},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_is_400_at_its_place(desk: Desk, query: dict[str, Any]) -> None:
    _, path, _ = filled(desk, 1)
    answer = desk.get(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["places"][0]["in"] == "query"


def test_a_removed_message_loses_its_words_and_an_amended_one_shows_the_new_ones(desk: Desk) -> None:
    who, gone, changed = email(), unique("i"), unique("i")
    desk.send(
        talk([who], "2026-02-01T10:00:00Z", interaction_id=gone, text="Weg hiermee"),
        talk([who], "2026-02-02T10:00:00Z", interaction_id=changed, text="Fuot"),
        event("interaction.removed", [who], "2026-02-03T10:00:00Z", interaction_id=gone),
        event("interaction.amended", [who], "2026-02-03T11:00:00Z", interaction_id=changed, text="Fout"),
    )
    answer = desk.get(f"/v1/customers/{desk.customer(who)}/timeline", type="interaction.recorded")
    assert [one["text"] for one in answer.json()["items"]] == ["Fout", None]
    assert "Weg hiermee" not in answer.text


def known_until(desk: Desk) -> str:
    """A moment by which all that was sent is known, and after which all that comes is not."""
    found: str = desk.get("/v1/follow-ups/counts").json()["freshness"]["as_of"]
    return found


def test_what_was_known_before_a_correction_and_a_merge_is_what_was_answered_then(desk: Desk) -> None:
    who, other, order = email(), email(), unique("o")
    placed = event("order.placed", [who], "2026-02-01T10:00:00Z", order_id=order, lines=[{"sku": "A"}])
    desk.send(placed, talk([who], "2026-02-02T10:00:00Z"), talk([other], "2026-02-02T11:00:00Z"))
    ours, theirs = desk.customer(who), desk.customer(other)
    moment = known_until(desk)
    before = [desk.get(f"/v1/customers/{id_}").json() for id_ in (ours, theirs)]
    desk.send(
        event("event.corrected", [], event={"source": "/tests", "id": placed["id"]},
              data={**placed["data"], "lines": [{"sku": "B"}]}),
        event("order.status_changed", [who], "2026-02-01T12:00:00Z", order_id=order, status="delivered"),
        event("customer.described", [who, other], "2026-02-03T10:00:00Z", name={"given": "Eva", "family": "Smit"}),
    )  # fmt: skip
    after = desk.get(f"/v1/customers/{ours}").json()
    assert after["display_name"] == "Eva Smit"
    assert after["orders"]["recent"][0]["lines"][0]["sku"] == "B"
    assert len(after["conversations"]["open"]) == 2
    for id_, answered in zip((ours, theirs), before, strict=True):
        then = desk.get(f"/v1/customers/{id_}", as_of=moment)
        assert then.status_code == 200
        assert _lasting(then.json()) == _lasting(answered)
    lines = desk.get(f"/v1/customers/{ours}/timeline", as_of=moment).json()["items"]
    assert [one["data"].get("lines") for one in lines] == [None, [{"sku": "A"}]]


def _lasting(brief: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in brief.items() if name != "freshness"}


def test_what_had_happened_by_a_moment_leaves_out_the_rest_though_it_is_known_now(desk: Desk) -> None:
    who, other, order = email(), email(), unique("o")
    desk.send(
        event(
            "order.placed",
            [who],
            "2026-02-01T10:00:00Z",
            order_id=order,
            promised_delivery={"latest": "2026-02-04"},
        ),
        event("order.status_changed", [who], "2026-02-03T10:00:00Z", order_id=order, status="shipped"),
        event("customer.described", [who, other], "2026-02-05T10:00:00Z"),
        talk([other], "2026-02-01T11:00:00Z"),
    )
    id_ = desk.customer(who)
    then = desk.get(f"/v1/customers/{id_}", as_of="2026-02-02T00:00:00Z", as_of_basis="occurred").json()
    later = desk.get(f"/v1/customers/{id_}", as_of="2026-02-06T00:00:00Z", as_of_basis="occurred").json()
    assert [one["status"] for one in then["orders"]["open"]] == ["placed"]
    assert [one["state"] for one in then["agreements"]["open"]] == ["open"]
    assert [one["state"] for one in later["agreements"]["recent"]] == ["broken"]
    assert [one["status"] for one in later["orders"]["open"]] == ["shipped"]
    assert len(later["identifiers"]) == len(then["identifiers"]) + 1


def test_late_news_is_not_known_before_it_came_in(desk: Desk) -> None:
    who = email()
    desk.send(talk([who], "2026-02-01T10:00:00Z", text="Eerst"))
    moment, path = known_until(desk), f"/v1/customers/{desk.customer(who)}/timeline"
    desk.send(talk([who], "2026-01-01T10:00:00Z", text="Laat"))
    assert [one["text"] for one in desk.get(path, as_of=moment).json()["items"]] == ["Eerst"]
    occurred = desk.get(path, as_of="2026-01-15T00:00:00Z", as_of_basis="occurred").json()
    assert [one["text"] for one in occurred["items"]] == ["Laat"]


def test_pages_of_the_past(desk: Desk) -> None:
    _, path, expected = filled(desk)
    moment = known_until(desk)
    first = desk.get(path, as_of=moment, limit=4).json()
    second = desk.get(path, as_of=moment, limit=4, cursor=first["next_cursor"]).json()
    assert ids(first) + ids(second) == expected[:8]
    assert ids(desk.get(path, as_of=moment, limit=4, cursor=second["prev_cursor"]).json()) == expected[:4]
    assert desk.get(path, limit=4, cursor=first["next_cursor"]).json()["code"] == "bad_cursor"


def test_a_moment_after_what_is_known_is_409(desk: Desk) -> None:
    _, path, _ = filled(desk, 1)
    for url in (path, path.removesuffix("/timeline")):
        answer = desk.get(url, as_of="2299-01-01T00:00:00Z")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_known")


def test_before_anything_was_known_of_them_a_customer_is_unknown(desk: Desk) -> None:
    _, path, _ = filled(desk, 1)
    answer = desk.get(path, as_of="2001-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")


def test_the_brief_of_now_and_as_of_now_agree(desk: Desk) -> None:
    path, _ = assorted(desk)
    assert _lasting(desk.get(path).json()) == _lasting(desk.get(path, as_of=known_until(desk)).json())
