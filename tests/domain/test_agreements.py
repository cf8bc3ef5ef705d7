"""Agreements: what was promised, and the verdict that follows from due dates, evidence and the moment asked."""

from datetime import UTC, datetime
from typing import Any

import pytest

from klantbeeld.domain.agreements import AgreementFold, verdict
from tests.domain.building import ANNEMIEK, Cloud, cloud, minute, state


def made(due_at: str | None = "2026-11-02T10:00:00Z", **more: Any) -> Cloud:
    due: dict[str, Any] = {} if due_at is None else {"due_at": due_at}
    return cloud("agreement.made", 0, ANNEMIEK, agreement_id="desk:1", kind="callback", **due, **more)


def about(name: str, at: float, **more: Any) -> Cloud:
    return cloud(f"agreement.{name}", at, ANNEMIEK, agreement_id="desk:1", **more)


def agreement(*clouds: Cloud) -> Any:
    return state("agreement", "desk:1", *clouds)


def asked(at: float, *clouds: Cloud) -> str:
    return verdict(agreement(*clouds), minute(at))


def test_a_promise_is_open_until_it_is_due() -> None:
    assert asked(60, made()) == "open"


def test_a_promise_without_evidence_is_broken_once_it_was_due() -> None:
    assert asked(60.1, made()) == "broken"


def test_evidence_in_time_keeps_a_promise() -> None:
    assert asked(500, made(), about("kept", 30)) == "kept"


def test_late_evidence_that_happened_in_time_still_keeps_a_promise() -> None:
    assert asked(500, about("kept", 30), made()) == "kept"


def test_what_was_done_after_it_was_due_leaves_a_promise_broken() -> None:
    assert asked(500, made(), about("kept", 61)) == "broken"


def test_of_several_pieces_of_evidence_the_earliest_counts() -> None:
    assert asked(500, made(), about("kept", 90), about("kept", 30)) == "kept"


def test_a_completed_follow_up_that_kept_it_is_evidence() -> None:
    done: dict[str, Any] = {"follow_up_id": "duty:1", "agreement_id": "desk:1"}
    kept = cloud("follow_up.completed", 30, ANNEMIEK, outcome="kept", **done)
    assert asked(500, made(), kept) == "kept"
    not_kept = cloud("follow_up.completed", 30, ANNEMIEK, outcome="not_kept", **done)
    assert asked(500, made(), not_kept) == "broken"


def test_a_rescheduled_promise_is_held_to_its_new_date_and_remembers_the_first() -> None:
    found = agreement(made(), about("rescheduled", 20, due_at="2026-11-02T12:00:00Z"))
    assert (found.due_at, found.original_due_at) == (minute(180), minute(60))
    assert [verdict(found, minute(at)) for at in (61, 181)] == ["open", "broken"]


def test_a_rescheduling_that_happened_before_the_promise_was_noted_still_holds() -> None:
    found = agreement(about("rescheduled", -5, due_at="2026-11-02T12:00:00Z"), made())
    assert (found.due_at, found.original_due_at) == (minute(180), minute(60))


def test_a_promise_withdrawn_in_time_is_withdrawn_and_never_broken() -> None:
    assert asked(500, made(), about("withdrawn", 30)) == "withdrawn"


def test_a_promise_withdrawn_after_it_was_due_stays_broken() -> None:
    assert asked(500, made(), about("withdrawn", 61)) == "broken"


def test_an_agreement_without_a_due_time_stands_until_it_is_withdrawn() -> None:
    assert asked(10**6, made(None)) == "standing"
    assert asked(10**6, made(None), about("withdrawn", 30)) == "withdrawn"


def test_a_standing_agreement_ends_with_its_validity() -> None:
    standing = made(None, valid_until="2026-11-02T10:00:00Z")
    assert [asked(at, standing) for at in (60, 61)] == ["standing", "withdrawn"]


def test_an_agreement_stands_in_lists_as_open_as_long_as_its_verdict_is() -> None:
    for clouds in ([made()], [made(None)], [made(), about("kept", 30)], [made(), about("withdrawn", 90)]):
        found = agreement(*clouds)
        closes_at = AgreementFold().shelve(found).closes_at
        for at in (0, 60, 61, 10**6):
            still = verdict(found, minute(at)) in ("open", "standing")
            assert still == (minute(at) < closes_at)


def test_an_agreement_that_only_later_events_speak_of_is_not_shown() -> None:
    assert not AgreementFold().shelve(agreement(about("kept", 5))).visible


@pytest.mark.parametrize(
    ("day", "ends_at"),
    [
        ("2026-11-03", datetime(2026, 11, 3, 22, 59, 59, tzinfo=UTC)),
        ("2027-07-01", datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC)),
        ("2027-03-28", datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)),
        ("2027-10-31", datetime(2027, 10, 31, 22, 59, 59, tzinfo=UTC)),
        ("2027-10-30", datetime(2027, 10, 30, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_bare_due_date_ends_with_that_day_in_its_zone_also_when_clocks_change(
    day: str, ends_at: datetime
) -> None:
    assert agreement(made(day)).due_at == ends_at


def placed(**promised: str) -> Cloud:
    window: dict[str, Any] = {"promised_delivery": promised} if promised else {}
    return cloud("order.placed", 0, ANNEMIEK, order_id="shop:1", **window)


def status(name: str, at: float) -> Cloud:
    return cloud("order.status_changed", at, ANNEMIEK, order_id="shop:1", status=name)


def delivery(*clouds: Cloud) -> Any:
    return state("agreement", "delivery:shop:1", *clouds)


PROMISED = placed(latest="2026-11-02T10:00:00Z")


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([], "broken"),
        ([status("delivered", 60)], "kept"),
        ([status("ready_for_pickup", 60)], "kept"),
        ([status("delivered", 61)], "broken"),
        ([status("cancelled", 30)], "withdrawn"),
        ([status("cancelled", 90)], "broken"),
        ([status("shipped", 30)], "broken"),
    ],
)
def test_a_promised_delivery_is_judged_by_what_became_of_the_order(news: list[Cloud], expected: str) -> None:
    found = delivery(*news, PROMISED)
    assert (found.kind, found.due_at, verdict(found, minute(500))) == ("delivery", minute(60), expected)


def test_an_order_without_a_promise_is_no_agreement() -> None:
    assert not AgreementFold().shelve(delivery(placed(), status("shipped", 5))).visible


def test_a_new_expected_arrival_does_not_move_the_promise() -> None:
    later = cloud("order.shipment_updated", 9, ANNEMIEK, order_id="shop:1", eta="2026-11-09T10:00:00Z")
    assert delivery(PROMISED, later).due_at == minute(60)


def test_an_agents_word_on_a_promised_delivery_outlives_later_news_of_the_order() -> None:
    kept = cloud("agreement.kept", 30, ANNEMIEK, agreement_id="delivery:shop:1")
    assert verdict(delivery(PROMISED, kept, status("shipped", 40)), minute(500)) == "kept"
    withdrawn = cloud("agreement.withdrawn", 30, ANNEMIEK, agreement_id="delivery:shop:1")
    assert verdict(delivery(PROMISED, withdrawn, status("shipped", 40)), minute(500)) == "withdrawn"


def test_a_delivery_can_be_agreed_anew() -> None:
    later = cloud(
        "agreement.rescheduled", 9, ANNEMIEK, agreement_id="delivery:shop:1", due_at="2026-11-02T12:00:00Z"
    )
    found = delivery(PROMISED, later, status("delivered", 120))
    assert (found.original_due_at, verdict(found, minute(500))) == (minute(60), "kept")
