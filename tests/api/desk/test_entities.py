"""One order, agreement, follow-up or conversation: its shape, its entity tag, its absence."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, ahead, email, event, number, talk, unique

NOBODY = "00000000-0000-4000-8000-000000000000"
KINDS = ("order", "agreement", "follow_up", "conversation")


def path_of(kind: str, id_: str) -> str:
    return f"/v1/{kind.replace('_', '-')}s/{id_}"


def made(desk: Desk, kind: str, who: dict[str, str] | None = None) -> tuple[str, str, str]:
    """Path, external id and the event of a change that is still to be sent."""
    external, who = unique(kind), who or email()
    first = {
        "order": event("order.placed", [who], order_id=external),
        "agreement": event("agreement.made", [who], agreement_id=external, kind="x", due_at=ahead(days=1)),
        "follow_up": event("follow_up.opened", [who], follow_up_id=external, kind="x"),
        "conversation": talk([who], conversation_id=external),
    }
    desk.send(first[kind])
    return path_of(kind, desk.system.names.entity(kind, external)), external, who["value"]


def changed(desk: Desk, kind: str, external: str, who: str) -> None:
    whose = [{"type": "email", "value": who}]
    change = {
        "order": event("order.status_changed", whose, order_id=external, status="packed"),
        "agreement": event("agreement.rescheduled", whose, agreement_id=external, due_at=ahead(days=2)),
        "follow_up": event("follow_up.assigned", whose, follow_up_id=external, assignee="a-9"),
        "conversation": talk(whose, ago(minutes=1), conversation_id=external, text="Nog iets"),
    }
    desk.send(change[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_one_is_answered_with_its_customer_and_the_id_of_its_source(desk: Desk, kind: str) -> None:
    path, external, who = made(desk, kind)
    answer = desk.get(path)
    assert answer.json()["external_id"] == external
    assert path.endswith(answer.json()[f"{kind}_id"])
    assert answer.json()["customer_id"] == desk.customer({"type": "email", "value": who})
    assert answer.headers["etag"] == f'"{answer.json()["etag"]}"'


@pytest.mark.parametrize("kind", KINDS)
def test_the_tag_stays_until_something_happens(desk: Desk, kind: str) -> None:
    path, external, who = made(desk, kind)
    tag = desk.get(path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = desk.api.get(path, headers={**desk.token("agent"), "If-None-Match": known})
        assert (again.status_code, again.headers["etag"], again.content) == (304, tag, b"")
    changed(desk, kind, external, who)
    news = desk.api.get(
        f"{path}?wait_for={desk.position}", headers={**desk.token("agent"), "If-None-Match": tag}
    )
    assert news.status_code == 200
    assert news.headers["etag"] != tag


@pytest.mark.parametrize("kind", KINDS)
def test_the_tag_is_that_in_lists_and_in_the_brief(desk: Desk, kind: str) -> None:
    who = email()
    path, _, _ = made(desk, kind, who)
    tag, brief = desk.get(path).json()["etag"], desk.brief(who)
    (listed,) = brief[f"{kind}s"]["open"]
    assert listed["etag"] == tag


def test_an_agreement_that_time_broke_is_not_answered_as_unchanged(desk: Desk) -> None:
    who, external = email(), unique("a")
    desk.send(
        event("agreement.made", [who], ago(hours=2), agreement_id=external, kind="x", due_at=ago(hours=1))
    )
    path = path_of("agreement", desk.system.names.entity("agreement", external))
    tag = desk.get(path).headers["etag"]
    answer = desk.api.get(path, headers={**desk.token("agent"), "If-None-Match": tag})
    assert (answer.status_code, answer.json()["state"]) == (200, "broken")


def test_a_conversation_in_which_a_message_was_removed_is_not_answered_as_unchanged(desk: Desk) -> None:
    who, thread, said = email(), unique("c"), unique("i")
    desk.send(talk([who], conversation_id=thread, interaction_id=said, text="Geheim"))
    path = path_of("conversation", desk.system.names.entity("conversation", thread))
    tag = desk.get(path).headers["etag"]
    desk.send(event("interaction.removed", [who], interaction_id=said))
    asked = {**desk.token("agent"), "If-None-Match": tag}
    answer = desk.api.get(f"{path}?wait_for={desk.position}", headers=asked)
    assert answer.status_code == 200
    assert "Geheim" not in answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_knows_is_404(desk: Desk, kind: str) -> None:
    other, _, _ = made(desk, KINDS[KINDS.index(kind) - 1])
    for id_ in (NOBODY, "web:1001", other.rpartition("/")[2]):
        answer = desk.get(path_of(kind, id_))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_id")


def test_an_order_shows_its_parcels_and_what_was_promised(desk: Desk) -> None:
    who, order, parcel = number(), unique("o"), unique("T")
    total = {"amount": "89.95", "currency": "EUR"}
    lines: list[dict[str, Any]] = [{"sku": "KET", "name": "Waterkoker", "quantity": 2, "amount": "89.95"}]
    promised = {"latest": "2026-02-04T22:59:59Z"}
    desk.send(
        event("order.placed", [who], "2026-02-01T10:00:00Z", order_id=order, lines=lines, total=total,
              promised_delivery=promised),
        event("order.shipment_updated", [{"type": "tracking", "value": parcel}], "2026-02-03T10:00:00Z",
              order_id=order, tracking=parcel, status="out_for_delivery", eta="2026-02-05T10:00:00Z"),
    )  # fmt: skip
    found = desk.get(path_of("order", desk.system.names.entity("order", order))).json()
    assert (found["status"], found["total"], found["lines"]) == ("out_for_delivery", total, lines)
    assert (found["promised"], found["eta"]) == (promised, "2026-02-05T10:00:00Z")
    assert [one["status"] for one in found["shipments"]] == ["out_for_delivery"]


def test_a_conversation_is_resumed_where_it_was_left(desk: Desk) -> None:
    who, thread = email(), unique("c")
    messages = [
        talk([who], f"2026-02-01T10:0{n}:00Z", conversation_id=thread, text=f"Bericht {n}") for n in range(5)
    ]
    context = {"summary": "Pakket zoek", "asked": ["ordernummer"], "answered": ["web:1"]}
    handed = event("conversation.handed_over", [who], "2026-02-01T10:06:00Z", conversation_id=thread,
                   to={"team": "bezorging"}, context=context, reason="specialist")  # fmt: skip
    desk.send(*messages, handed)
    path = path_of("conversation", desk.system.names.entity("conversation", thread))
    first = desk.get(path, limit=4).json()
    assert (first["state"], first["message_count"], first["team"]) == ("open", 5, "bezorging")
    assert first["handed_over"]["context"] == context
    assert [one["text"] for one in first["messages"]["items"]] == [
        "Bericht 0",
        "Bericht 1",
        "Bericht 2",
        "Bericht 3",
    ]
    second = desk.get(path, limit=4, cursor=first["messages"]["next_cursor"]).json()["messages"]
    assert [one["type"] for one in second["items"]] == ["interaction.recorded", "conversation.handed_over"]
    assert second["next_cursor"] is None
    other = talk([who], conversation_id=unique("c"))
    desk.send(other)
    elsewhere = path_of(
        "conversation", desk.system.names.entity("conversation", other["data"]["conversation_id"])
    )
    assert desk.get(elsewhere, cursor=first["messages"]["next_cursor"]).json()["code"] == "bad_cursor"


def test_sources_ids_never_stand_in_an_address(desk: Desk) -> None:
    who = email()
    for kind in KINDS:
        path, external, _ = made(desk, kind, who)
        assert external not in path
        assert desk.get(path_of(kind, external)).status_code == 404
