"""Follow-ups: where a duty stands, whose it is, and how urgent."""

from typing import Any

import pytest

from klantbeeld.domain.follow_ups import FollowUpFold, standing
from tests.domain.building import ANNEMIEK, Cloud, cloud, minute, state


def opened(**more: Any) -> Cloud:
    return cloud("follow_up.opened", 0, ANNEMIEK, follow_up_id="duty:1", kind="callback", **more)


def about(name: str, at: float, **more: Any) -> Cloud:
    return cloud(f"follow_up.{name}", at, ANNEMIEK, follow_up_id="duty:1", **more)


def duty(*clouds: Cloud) -> Any:
    return state("follow_up", "duty:1", *clouds)


def stands(at: float, *clouds: Cloud, waits: bool = False) -> str:
    return standing(duty(*clouds), minute(at), waits)


def test_a_duty_is_open_until_it_is_settled() -> None:
    assert stands(10**6, opened()) == "open"


@pytest.mark.parametrize("end", ["completed", "cancelled"])
def test_a_settled_duty_stands_so_and_leaves_the_queue(end: str) -> None:
    found = duty(opened(), about(end, 5))
    assert (standing(found, minute(6)), found.settled_at) == (end, minute(5))
    assert FollowUpFold().shelve(found).closes_at <= minute(5)


def test_a_reopened_duty_is_open_again_without_its_old_outcome() -> None:
    found = duty(opened(), about("completed", 5, outcome="kept"), about("reopened", 6))
    assert (standing(found, minute(7)), found.outcome, found.settled_at) == ("open", None, None)


def test_a_snoozed_duty_wakes_at_its_time() -> None:
    snoozed = [opened(), about("snoozed", 5, until=minute(30).isoformat())]
    assert [stands(at, *snoozed) for at in (29, 30)] == ["snoozed", "open"]


def test_a_settled_duty_is_not_snoozed() -> None:
    assert stands(10, opened(), about("snoozed", 5, until=minute(30).isoformat()), about("completed", 6)) == (
        "completed"
    )


def test_an_open_duty_waits_while_its_conversation_does() -> None:
    assert stands(10, opened(), waits=True) == "waiting"
    assert stands(10, opened(), about("completed", 5), waits=True) == "completed"


def test_a_duty_is_assigned_released_to_its_team_and_assigned_again() -> None:
    mine = [opened(team="care"), about("assigned", 1, assignee="a-1")]
    assert (duty(*mine).assignee, duty(*mine).team) == ("a-1", "care")
    released = [*mine, about("released", 2)]
    assert (duty(*released).assignee, duty(*released).team) == (None, "care")
    assert duty(*released, about("assigned", 3, assignee="a-2", team="returns")).team == "returns"


def test_escalating_to_a_team_takes_a_duty_from_its_assignee() -> None:
    found = duty(opened(team="care", assignee="a-1"), about("escalated", 5, team="leads", priority="urgent"))
    assert (found.team, found.assignee, found.priority, found.escalated) == ("leads", None, "urgent", 1)


def test_a_rescheduled_duty_keeps_its_first_due_time_in_sight() -> None:
    found = duty(
        opened(due_at="2026-11-02T10:00:00Z"), about("rescheduled", 5, due_at="2026-11-02T12:00:00Z")
    )
    assert (found.due_at, found.original_due_at) == (minute(180), minute(60))


@pytest.mark.parametrize(
    ("said", "place"), [("urgent", 1), ("high", 3), ("normal", 5), ("low", 7), (2, 2), (9, 9), (None, 5)]
)
def test_a_priority_has_one_place_in_the_queue_as_word_or_number(said: Any, place: int) -> None:
    found = duty(opened() if said is None else opened(priority=said))
    assert FollowUpFold().shelve(found).priority == place


def test_a_duty_that_only_later_events_speak_of_is_not_shown() -> None:
    assert not FollowUpFold().shelve(duty(about("completed", 5))).visible
