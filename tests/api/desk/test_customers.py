"""A customer by id: the brief, the lists, ids that lead elsewhere, and reading what was just written."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, ahead, email, event, number, talk, unique

NOBODY = "00000000-0000-4000-8000-000000000000"
BELOW = ("", "/timeline", "/orders", "/agreements", "/contacts", "/follow-ups")


def test_the_brief_holds_everything_in_one_call(desk: Desk) -> None:
    who, promise = number(), unique("ag")
    desk.send(
        event("customer.described", [who], name={"given": "Ilse", "family": "Mulder"}, language="nl"),
        event("order.placed", [who], ago(days=3), order_id=unique("o"), promised_delivery={"latest": ago(days=1)}),
        event("agreement.made", [who], agreement_id=promise, kind="callback", text="Wij bellen", due_at=ahead(days=1)),
        event("agreement.made", [who], agreement_id=unique("ag"), kind="discount", text="10 procent"),
        event("follow_up.opened", [who], follow_up_id=unique("f"), kind="callback", due_at=ago(minutes=5)),
        talk([who], ago(hours=2), conversation_id=unique("c"), topic="delivery", agent={"id": "a-5", "name": "Bram"}),
        talk([who], ago(hours=1), channel="phone", topic="delivery", outcome="unresolved"),
        event("feedback.given", [who], metric="csat", score=4, comment="Fijn"),
        event("consent.changed", [who], purpose="news", channel="email", granted=True),
    )  # fmt: skip
    brief = desk.get(f"/v1/customers/{desk.customer(who)}").json()
    assert brief["display_name"] == "Ilse Mulder"
    assert brief["profile"]["language"] == "nl"
    assert brief["identifiers"] == [{"type": "customer_number", "value": who["value"]}]
    assert [one["status"] for one in brief["orders"]["open"]] == ["placed"]
    assert [one["text"] for one in brief["agreements"]["open"]] == ["Wij bellen"]
    assert [one["text"] for one in brief["agreements"]["standing"]] == ["10 procent"]
    assert [(one["kind"], one["state"]) for one in brief["agreements"]["recent"]] == [("delivery", "broken")]
    assert [one["channel"] for one in brief["contacts"]["recent"]] == ["phone"]
    assert [one["state"] for one in brief["conversations"]["open"]] == ["open"]
    assert [one["kind"] for one in brief["follow_ups"]["open"]] == ["callback"]
    assert brief["feedback"]["recent"][0]["score"] == 4
    assert [(one["purpose"], one["granted"]) for one in brief["consents"]] == [("news", True)]
    assert brief["routing"]["last_agent"]["name"] == "Bram"
    codes = {one["code"] for one in brief["warnings"]}
    assert codes == {"agreement_broken", "order_late", "follow_up_overdue", "repeat_contact"}
    assert (brief["freshness"]["lag_ms"], brief["freshness"]["incomplete"]) == (0, [])


@pytest.mark.parametrize("below", BELOW)
def test_an_unknown_customer_is_404(desk: Desk, below: str) -> None:
    for id_ in (NOBODY, "anna", "42", NOBODY.upper().replace("0", "A"), "%20"):
        answer = desk.get(f"/v1/customers/{id_}{below}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")


def merged(desk: Desk) -> tuple[str, str]:
    """The id of a customer who turned out to be another one, and that one's."""
    one, other = email(), email()
    desk.send(talk([one], "2026-01-01T10:00:00Z"), talk([other], "2026-01-02T10:00:00Z"))
    ids = desk.customer(one), desk.customer(other)
    desk.send(talk([one, other], "2026-01-03T10:00:00Z"))
    assert desk.customer(other) == ids[0]
    return ids[1], ids[0]


@pytest.mark.parametrize("below", BELOW)
def test_an_id_that_was_merged_away_leads_to_the_other_on_the_same_path(desk: Desk, below: str) -> None:
    gone, kept = merged(desk)
    answer = desk.get(f"/v1/customers/{gone}{below}", wait_for=desk.position)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/v1/customers/{kept}{below}?wait_for={desk.position}"
    assert answer.headers["cache-control"] == "no-store"
    followed = desk.api.get(f"/v1/customers/{gone}{below}", headers=desk.token("agent"))
    assert followed.status_code == 200


def test_a_new_entry_for_an_id_that_was_merged_away_is_sent_on_too(desk: Desk) -> None:
    gone, kept = merged(desk)
    answer = desk.post(f"/v1/customers/{gone}/agreements", {"kind": "callback"})
    assert answer.status_code == 308
    followed = desk.api.post(
        answer.headers["location"], json={"kind": "callback"}, headers=desk.token("agent")
    )
    assert followed.status_code == 201
    made = desk.get(f"/v1/customers/{kept}/agreements", wait_for=followed.json()["position"]).json()
    assert [one["kind"] for one in made["items"]] == ["callback"]


LISTS = {
    "orders": lambda who: event("order.placed", [who], order_id=unique("o")),
    "agreements": lambda who: event("agreement.made", [who], agreement_id=unique("ag"), kind="callback"),
    "contacts": lambda who: talk([who]),
    "follow-ups": lambda who: event("follow_up.opened", [who], follow_up_id=unique("f"), kind="callback"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_goes_on_where_its_cursor_was_though_news_and_a_merge_come_between(
    desk: Desk, name: str
) -> None:
    who, other = email(), email()
    desk.send(talk([who], "2025-01-01T00:00:00Z"))
    desk.send(*[{**LISTS[name](who), "time": f"2026-01-0{day}T10:00:00Z"} for day in range(1, 8)])
    path = f"/v1/customers/{desk.customer(who)}/{name}"
    first = desk.get(path, limit=3).json()
    news = {**LISTS[name](who), "time": ago(minutes=1)}
    joined = {**LISTS[name](other), "time": "2025-12-31T10:00:00Z"}
    link = event("customer.described", [who, other], "2026-01-09T10:00:00Z")
    desk.send(news, joined, link)
    later = desk.get(path, limit=3, cursor=first["next_cursor"]).json()
    last = desk.get(path, limit=3, cursor=later["next_cursor"]).json()
    whole = [one["etag" if "etag" in one else "contact_id"] for one in desk.get(path).json()["items"]]
    pages = [
        one["etag" if "etag" in one else "contact_id"]
        for page in (first, later, last)
        for one in page["items"]
    ]
    assert pages == whole[1:10][: len(pages)]
    assert len(pages) >= 8


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_of_another_list_is_400(desk: Desk, name: str) -> None:
    who = number()
    desk.send(*[LISTS[kind](who) for kind in LISTS for _ in range(3)])
    path = f"/v1/customers/{desk.customer(who)}"
    cursor = desk.get(f"{path}/{name}", limit=1).json()["next_cursor"]
    for other in set(LISTS) - {name}:
        answer = desk.get(f"{path}/{other}", cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    for nonsense in ("", "x", cursor[:-2], cursor + "AA", "é"):
        assert desk.get(f"{path}/{name}", cursor=nonsense).status_code == 400


def test_identifiers_stand_in_one_order_however_the_brief_is_asked_for(desk: Desk) -> None:
    mails = [email(strength="verified") for _ in range(4)]
    for mail in mails[::-1]:
        desk.send(event("customer.described", [mails[0], mail]))
    brief = desk.brief(mails[3])
    assert [one["value"] for one in brief["identifiers"]] == sorted(one["value"] for one in mails)
    by_id = desk.get(f"/v1/customers/{brief['customer_id']}").json()
    assert by_id["identifiers"] == brief["identifiers"]


@pytest.mark.parametrize("position", ["", "x", "0", "0.x", "0.1.2", "-1.0", "0.1~", "9" * 40])
def test_what_is_no_position_is_400(desk: Desk, position: str) -> None:
    for path in ("/v1/follow-ups", f"/v1/customers/{NOBODY}", f"/v1/orders/{NOBODY}"):
        answer = desk.get(path, wait_for=position)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_position")


def test_what_does_not_come_in_time_is_504(desk: Desk) -> None:
    answer = desk.get("/v1/follow-ups/counts", wait_for="0.999999999")
    assert (answer.status_code, answer.json()["code"]) == (504, "not_yet_visible")


def test_nothing_about_a_customer_may_be_stored_on_the_way(desk: Desk) -> None:
    who: Any = number()
    desk.send(talk([who]))
    id_ = desk.customer(who)
    for answer in (desk.lookup(who), *(desk.get(f"/v1/customers/{id_}{below}") for below in BELOW)):
        assert answer.headers["cache-control"] == "no-store"
