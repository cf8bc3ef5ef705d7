"""The queue of follow-ups: its order, its filters, its counts, and who sees how much of it."""

from typing import Any

import pytest

from tests.api.desk.desk import Desk, ago, ahead, email, event, talk, unique


@pytest.fixture
def team() -> str:
    """A team that no other test has."""
    return unique("team")


def opened(team: str, name: str, **data: Any) -> dict[str, Any]:
    given = {"kind": "callback", "text": "Bel terug", "team": team, **data}
    return event("follow_up.opened", [email()], ago(hours=3), follow_up_id=f"{team}:{name}", **given)


def names(page: Any) -> list[str]:
    return [one["external_id"].rpartition(":")[2] for one in page.json()["items"]]


def test_what_is_due_first_stands_first_then_what_matters_most_and_without_due_time_last(
    desk: Desk, team: str
) -> None:
    noon = ahead(days=1)
    desk.send(
        opened(team, "someday"),
        opened(team, "soon", due_at=ahead(hours=1)),
        opened(team, "noon, low", due_at=noon, priority="low"),
        opened(team, "noon, urgent", due_at=noon, priority="urgent"),
        opened(team, "noon", due_at=noon),
        opened(team, "late", due_at=ago(hours=1)),
        opened(team, "someday, urgent", priority=1),
    )
    expected = ["late", "soon", "noon, urgent", "noon", "noon, low", "someday, urgent", "someday"]
    assert names(desk.get("/v1/follow-ups", team=team)) == expected
    found: list[str] = []
    page = desk.get("/v1/follow-ups", team=team, limit=3)
    found += names(page)
    desk.send(opened(team, "latest", due_at=ago(hours=2)))
    while page.json()["next_cursor"]:
        page = desk.get("/v1/follow-ups", team=team, limit=3, cursor=page.json()["next_cursor"])
        found += names(page)
    assert found == expected


def various(desk: Desk, team: str) -> None:
    thread, who = unique("c"), email()
    mine = {"assignee": "me-1"}
    desk.send(
        opened(team, "mine", **mine, kind="check", due_at=ahead(hours=1), priority="high"),
        opened(team, "snoozed", **mine, due_at=ahead(hours=2)),
        opened(team, "theirs", assignee="a-2", due_at=ahead(hours=3)),
        opened(team, "nobodys", due_at=ahead(hours=4), priority=3),
        opened(team, "done", due_at=ahead(hours=5)),
        opened(team, "cancelled", due_at=ahead(hours=6)),
        opened(team, "waiting", due_at=ago(hours=7), conversation_id=thread),
        talk([who], conversation_id=thread),
        event("conversation.waiting", [who], ago(minutes=1), conversation_id=thread, **{"for": "customer"}),
        event("follow_up.snoozed", [who], follow_up_id=f"{team}:snoozed", until=ahead(hours=1)),
        event("follow_up.completed", [who], follow_up_id=f"{team}:done", outcome="not_needed"),
        event("follow_up.cancelled", [who], follow_up_id=f"{team}:cancelled"),
    )


FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing: what is not settled": ({}, ["waiting", "mine", "snoozed", "theirs", "nobodys"]),
    "open": ({"state": "open"}, ["mine", "theirs", "nobodys"]),
    "snoozed": ({"state": "snoozed"}, ["snoozed"]),
    "waiting": ({"state": "waiting"}, ["waiting"]),
    "settled": ({"state": ["completed", "cancelled"]}, ["done", "cancelled"]),
    "mine": ({"assignee": "me"}, ["mine", "snoozed"]),
    "another agent's": ({"assignee": "a-2"}, ["theirs"]),
    "nobody's": ({"assignee": "none"}, ["waiting", "nobodys"]),
    "a kind": ({"kind": "check"}, ["mine"]),
    "a priority by word": ({"priority": "high"}, ["mine", "nobodys"]),
    "a priority by number": ({"priority": 3}, ["mine", "nobodys"]),
    "due before": ({"due_before": ahead(hours=2, minutes=30)}, ["waiting", "mine", "snoozed"]),
    "two at once": ({"assignee": "me", "state": "open"}, ["mine"]),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(desk: Desk, team: str, name: str) -> None:
    various(desk, team)
    asked, expected = FILTERS[name]
    assert names(desk.get("/v1/follow-ups", id="me-1", team=team, **asked)) == expected


def test_counts_are_of_what_is_to_be_done(empty_desk: Desk) -> None:
    various(empty_desk, "north")
    empty_desk.send(opened("south", "late", due_at=ago(hours=1)))
    counts = empty_desk.get("/v1/follow-ups/counts").json()
    assert (counts["total"], counts["overdue"], counts["unassigned"]) == (6, 1, 3)
    assert counts["by_state"] == {"open": 4, "snoozed": 1, "waiting": 1}
    assert counts["by_team"] == {"north": 5, "south": 1}


def test_each_stands_with_the_customer_it_is_for(desk: Desk, team: str) -> None:
    who = email()
    desk.send({**opened(team, "x"), "data": {**opened(team, "x")["data"], "identifiers": [who]}})
    (item,) = desk.get("/v1/follow-ups", team=team).json()["items"]
    assert (item["customer_id"], item["text"], item["sla"]) == (desk.customer(who), "Bel terug", None)


def test_who_may_not_read_customers_sees_the_queue_without_them(desk: Desk, team: str) -> None:
    various(desk, team)
    page = desk.get("/v1/follow-ups", role="ops", team=team)
    assert len(page.json()["items"]) == 5
    for one in page.json()["items"]:
        assert not {"text", "customer_id", "external_id"} & one.keys()
        assert desk.get(f"/v1/follow-ups/{one['follow_up_id']}", role="ops").status_code == 403


def test_a_cursor_belongs_to_its_filters(desk: Desk, team: str) -> None:
    various(desk, team)
    cursor = desk.get("/v1/follow-ups", team=team, limit=1).json()["next_cursor"]
    for other in ({"team": "x"}, {"team": team, "state": "open"}, {"team": team, "assignee": "me"}):
        answer = desk.get("/v1/follow-ups", cursor=cursor, **other)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(
    "query",
    [{"state": "lost"}, {"priority": 0}, {"priority": "huge"}, {"due_before": "soon"}, {"limit": 0}],
    ids=str,
)
def test_a_filter_that_cannot_be_is_400(desk: Desk, query: dict[str, Any]) -> None:
    answer = desk.get("/v1/follow-ups", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
