"""Everything follows when people join and separate customers, wherever it is read, and comes back as it was."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, ahead, email, event, number, talk, unique
from tests.api.desk.judging import LINKS, UNLINKS, judge

Identifier = dict[str, str]
BELOW = ("/timeline", "/orders", "/agreements", "/contacts", "/follow-ups", "/identity")
LISTS = {
    "/orders": "order_id",
    "/agreements": "agreement_id",
    "/contacts": "contact_id",
    "/follow-ups": "follow_up_id",
}
RECORDED = {
    "agreements": {"kind": "callback", "text": "Wij bellen u"},
    "follow-ups": {"kind": "callback", "text": "Bel terug"},
    "interactions": {"channel": "phone", "direction": "outbound", "occurred_at": ago(minutes=5)},
}


def living(desk: Desk, name: str, *, days: int) -> Identifier:
    """A customer with one of everything."""
    who = number()
    desk.send(
        event("customer.described", [who], ago(days=days), name={"given": name}),
        event(
            "order.placed",
            [who],
            ago(days=days - 1),
            order_id=unique("o"),
            lines=[{"sku": "K", "name": name}],
        ),
        event("agreement.made", [who], agreement_id=unique("ag"), kind="callback", due_at=ahead(days=1)),
        event("follow_up.opened", [who], follow_up_id=unique("f"), kind="callback", team=f"team {name}"),
        talk([who], ago(hours=days), conversation_id=unique("c"), agent={"id": f"a-{name}", "name": name}),
    )
    return who


def two(desk: Desk) -> tuple[Identifier, Identifier, str, str]:
    older, younger = unique("Older"), unique("Younger")
    return living(desk, older, days=9), living(desk, younger, days=5), older, younger


def everything(desk: Desk, who: Identifier) -> dict[str, Any]:
    """All that the API says of a customer, apart from what people said of identity and the moment."""
    customer = f"/v1/customers/{desk.customer(who)}"
    brief = desk.get(customer).json()
    brief.pop("freshness")
    found = {
        path: [one[id_] for one in desk.get(customer + path).json()["items"]] for path, id_ in LISTS.items()
    }
    entries = desk.get(f"{customer}/timeline").json()["items"]
    told = [one["event_id"] for one in entries if not one["type"].startswith("identity.")]
    return {**found, "brief": brief, "/timeline": told}


def test_every_list_is_both_customers_after_a_link_and_as_before_after_an_unlink(desk: Desk) -> None:
    one, other, _, _ = two(desk)
    before = everything(desk, one), everything(desk, other)
    judge(desk, LINKS, one, other)
    joined = everything(desk, other)
    for path in (*LISTS, "/timeline"):
        assert sorted(joined[path]) == sorted(before[0][path] + before[1][path])
    judge(desk, UNLINKS, one, other)
    assert (everything(desk, one), everything(desk, other)) == before


def test_what_happens_to_a_merged_customer_goes_with_its_identifier(desk: Desk) -> None:
    one, other, _, _ = two(desk)
    judge(desk, LINKS, one, other)
    desk.send(talk([other], text="Tijdens"))
    assert "Tijdens" in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text
    judge(desk, UNLINKS, one, other)
    assert "Tijdens" not in desk.get(f"/v1/customers/{desk.customer(one)}/timeline").text
    assert "Tijdens" in desk.get(f"/v1/customers/{desk.customer(other)}/timeline").text


def test_the_newest_profile_and_the_last_agent_are_the_whole_customers(desk: Desk) -> None:
    one, other, _, younger = two(desk)
    judge(desk, LINKS, one, other)
    brief = desk.brief(one)
    assert brief["display_name"] == younger
    assert brief["routing"]["last_agent"]["name"] == younger
    judge(desk, UNLINKS, one, other)
    assert desk.brief(one)["display_name"] != younger


def test_the_queue_names_the_customer_of_now(desk: Desk) -> None:
    one, other, _, younger = two(desk)
    alone = desk.customer(other)

    def queued() -> Any:
        (item,) = desk.get("/v1/follow-ups", team=f"team {younger}").json()["items"]
        return item

    assert queued()["customer_id"] == alone
    judge(desk, LINKS, one, other)
    assert queued()["customer_id"] == desk.customer(one)
    assert desk.get(f"/v1/follow-ups/{queued()['follow_up_id']}").json()["customer_id"] == desk.customer(one)
    judge(desk, UNLINKS, one, other)
    assert queued()["customer_id"] == alone


def test_search_finds_the_customer_of_now_once(desk: Desk) -> None:
    one, other, older, younger = two(desk)

    def found(name: str) -> set[str]:
        desk.settled()
        body = {"query": name, "filters": {"kind": ["customer"]}}
        return {hit["id"] for hit in desk.post("/v1/search", body).json()["items"]}

    apart = found(older), found(younger)
    assert apart == ({desk.customer(one)}, {desk.customer(other)})
    judge(desk, LINKS, one, other)
    assert found(older) == found(younger) == {desk.customer(one)}
    judge(desk, UNLINKS, one, other)
    assert (found(older), found(younger)) == apart


def test_the_older_id_leads_to_the_new_one_below_it_too_and_is_not_to_be_remembered(desk: Desk) -> None:
    one, other, _, _ = two(desk)
    gone = desk.customer(other)
    judge(desk, LINKS, one, other)
    for path in ("", *BELOW):
        answer = desk.get(f"/v1/customers/{gone}{path}", limit=3)
        assert (answer.status_code, answer.headers["cache-control"]) == (308, "no-store")
        assert answer.headers["location"].startswith(f"/v1/customers/{desk.customer(one)}{path}?")
        assert "limit=3" in answer.headers["location"]
    for name, body in RECORDED.items():
        answer = desk.post(f"/v1/customers/{gone}/{name}", body)
        assert (answer.status_code, answer.headers["cache-control"]) == (308, "no-store")
        assert answer.headers["location"] == f"/v1/customers/{desk.customer(one)}/{name}"
    judge(desk, UNLINKS, one, other)
    assert desk.get(f"/v1/customers/{gone}").status_code == 200


@pytest.mark.parametrize("path", ["/timeline", "/contacts"])
def test_a_cursor_goes_on_after_a_merge(desk: Desk, path: str) -> None:
    one, other = number(), number()
    desk.send(
        *(talk([one], ago(hours=20 - 2 * n)) for n in range(4)),
        *(talk([other], ago(hours=19 - 2 * n)) for n in range(4)),
    )
    customer = f"/v1/customers/{desk.customer(one)}{path}"
    first = desk.get(customer, limit=2).json()
    judge(desk, LINKS, one, other)
    rest = desk.get(customer, cursor=first["next_cursor"]).json()["items"]
    name = "entry_id" if path == "/timeline" else "contact_id"
    seen = [item[name] for item in (*first["items"], *rest)]
    assert len(seen) == len(set(seen)) == 2 + 4
    judge(desk, UNLINKS, one, other)
    rest = desk.get(customer, cursor=first["next_cursor"]).json()["items"]
    assert len({item[name] for item in (*first["items"], *rest)}) == 4


@pytest.mark.parametrize("name", RECORDED)
def test_a_repetition_after_a_merge_is_answered_as_the_first_time(desk: Desk, name: str) -> None:
    one, other = email(), email()
    desk.send(talk([one], ago(hours=2)), talk([other], ago(hours=1)))
    gone, key = desk.customer(other), unique("key")
    first = desk.post(f"/v1/customers/{gone}/{name}", RECORDED[name], key=key)
    assert first.status_code == 201
    judge(desk, LINKS, one, other)
    led = desk.post(f"/v1/customers/{gone}/{name}", RECORDED[name], key=key)
    again = desk.post(led.headers["location"], RECORDED[name], key=key)
    assert (led.status_code, again.status_code, again.json()) == (308, 201, first.json())
    assert again.headers["location"] == first.headers["location"]
    changed = desk.post(led.headers["location"], {**RECORDED[name], "text": "Anders"}, key=key)
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
    judge(desk, UNLINKS, one, other)
    last = desk.post(f"/v1/customers/{gone}/{name}", RECORDED[name], key=key)
    assert (last.status_code, last.json()) == (201, first.json())
    entries = desk.get(f"/v1/customers/{gone}/timeline").json()["items"]
    assert [entry["event_id"] for entry in entries].count(first.json()["event_id"]) == 1


def test_the_same_key_for_another_customer_is_still_another_deed(desk: Desk) -> None:
    one, other, key = email(), email(), unique("key")
    desk.send(talk([one]), talk([other]))
    first = desk.post(f"/v1/customers/{desk.customer(one)}/agreements", RECORDED["agreements"], key=key)
    answer = desk.post(f"/v1/customers/{desk.customer(other)}/agreements", RECORDED["agreements"], key=key)
    assert (first.status_code, answer.status_code, answer.json()["code"]) == (
        201,
        422,
        "idempotency_key_reused",
    )


def test_a_lead_reads_what_was_known_before_the_merge(desk: Desk) -> None:
    one, other, _, _ = two(desk)
    before = desk.get(f"/v1/customers/{desk.customer(other)}").json()["freshness"]["as_of"]
    gone = desk.customer(other)
    judge(desk, LINKS, one, other)
    then = desk.get(f"/v1/customers/{gone}", as_of=before)
    assert (then.status_code, then.json()["customer_id"]) == (200, gone)
