"""Conversations: whose turn it is, how they end, and what counts as a contact."""

from typing import Any

import pytest

from klantbeeld.domain.conversations import ConversationFold
from tests.domain.building import ANNEMIEK, BORIS, Cloud, cloud, entity, minute, pictured, state


def said(direction: str, at: float, **more: Any) -> Cloud:
    content = {"channel": "chat", "conversation_id": "thread:1", **more}
    return cloud("interaction.recorded", at, ANNEMIEK, direction=direction, **content)


def thread(name: str, at: float, **more: Any) -> Cloud:
    return cloud(f"conversation.{name}", at, ANNEMIEK, conversation_id="thread:1", **more)


def conversation(*clouds: Cloud) -> Any:
    return state("conversation", "thread:1", *clouds)


def is_contact(*clouds: Cloud) -> bool:
    return ConversationFold().shelve(conversation(*clouds)).visible


ASKED = said("inbound", 0)
ANSWERED = said("outbound", 5)


def test_a_question_opens_a_conversation_and_the_first_unanswered_message_sets_the_wait() -> None:
    found = conversation(ASKED, said("inbound", 3))
    assert (found.status, found.waiting_since, found.messages) == ("open", minute(0), 2)


def test_our_answer_ends_the_wait() -> None:
    found = conversation(ANSWERED, ASKED)
    assert (found.status, found.waiting_since) == ("answered", None)


def test_another_question_after_our_answer_opens_it_again() -> None:
    found = conversation(ASKED, ANSWERED, said("inbound", 9))
    assert (found.status, found.waiting_since) == ("open", minute(9))


@pytest.mark.parametrize(("channel", "status"), [("email", "open"), ("phone", "ended"), ("counter", "ended")])
def test_whether_an_inbound_contact_expects_a_reply_depends_on_its_channel(channel: str, status: str) -> None:
    assert conversation(said("inbound", 0, channel=channel)).status == status


def test_a_source_may_say_itself_whether_a_reply_is_expected() -> None:
    assert conversation(said("inbound", 0, channel="phone", expects_reply=True)).status == "open"
    assert conversation(said("inbound", 0, expects_reply=False)).waiting_since is None


def test_a_conversation_waits_for_whom_we_said_and_goes_on_when_continued() -> None:
    waiting = [ASKED, thread("waiting", 2, for_="customer")]
    assert (conversation(*waiting).status, conversation(*waiting).waiting_for) == ("waiting", "customer")
    going_on = conversation(*waiting, thread("continued", 9))
    assert (going_on.status, going_on.waiting_for, going_on.waiting_since) == ("open", None, minute(0))


def test_an_outcome_that_is_no_solution_ends_a_conversation() -> None:
    found = conversation(said("inbound", 0, outcome="missed"))
    assert (found.status, found.outcome) == ("ended", "missed")


def test_a_resolved_conversation_is_closed_and_nobody_waits() -> None:
    found = conversation(ASKED, thread("resolved", 9))
    assert (found.status, found.outcome, found.ended_at, found.waiting_since) == (
        "resolved",
        "resolved",
        minute(9),
        None,
    )


def test_a_courtesy_after_the_solution_leaves_it_resolved() -> None:
    found = conversation(ASKED, thread("resolved", 9), said("outbound", 10))
    assert (found.status, found.outcome) == ("resolved", "resolved")


@pytest.mark.parametrize("again", [thread("reopened", 20), said("inbound", 20)])
def test_a_reopened_conversation_has_neither_end_nor_outcome(again: Cloud) -> None:
    found = conversation(ASKED, thread("resolved", 9), again)
    assert (found.status, found.outcome, found.ended_at, found.waiting_since) == (
        "open",
        None,
        None,
        minute(20),
    )


def test_a_hand_over_opens_a_conversation_and_keeps_what_was_told() -> None:
    told = thread("handed_over", 5, to={"team": "care"}, context={"summary": "wil ruilen"})
    found = conversation(said("inbound", 0, outcome="unresolved"), told)
    assert (found.status, found.team, found.outcome) == ("open", "care", None)
    assert found.handed_over.context.summary == "wil ruilen"


def test_a_wrap_up_decides_topic_and_outcome_over_what_was_recorded() -> None:
    call = said("inbound", 0, interaction_id="call:1", topic="delivery", outcome="unresolved")
    wrap_up: dict[str, Any] = {"interaction_id": "call:1", "topic": "returns", "outcome": "resolved"}
    found = conversation(call, cloud("interaction.classified", 5, ANNEMIEK, **wrap_up))
    assert (found.topic, found.outcome, found.status) == ("returns", "resolved", "resolved")


def test_a_wrap_up_by_interaction_reaches_a_conversation_that_is_named_later() -> None:
    wrap_up = cloud("interaction.classified", -5, ANNEMIEK, interaction_id="call:1", topic="returns")
    assert conversation(wrap_up, said("inbound", 0, interaction_id="call:1")).topic == "returns"


@pytest.mark.parametrize("auto", ["reply", "bounce", "report", "list"])
def test_automatic_mail_is_never_a_contact_and_starts_no_clock(auto: str) -> None:
    assert not is_contact(said("inbound", 0, auto=auto))
    assert conversation(ASKED, said("outbound", 5, auto=auto)).waiting_since == minute(0)


def test_talk_among_colleagues_is_never_a_contact() -> None:
    assert not is_contact(said("internal", 0))
    assert conversation(ASKED, said("internal", 5)).messages == 1


def test_a_visit_to_a_page_is_never_a_contact() -> None:
    seen = pictured(cloud("visit.recorded", 0, ANNEMIEK, page="/retour"))
    assert not seen.entities


def test_a_call_that_is_told_at_its_start_and_at_its_end_counts_once() -> None:
    call: dict[str, Any] = {"channel": "phone", "direction": "inbound", "interaction_id": "call:1"}
    begun = cloud("interaction.started", 0, ANNEMIEK, **call)
    over = cloud("interaction.recorded", 0, ANNEMIEK, outcome="resolved", **call)
    found = state("conversation", "interaction:call:1", begun, over)
    assert (found.messages, found.outcome) == (1, "resolved")


def test_a_message_without_an_interaction_id_is_a_conversation_of_its_own() -> None:
    letter = cloud("interaction.recorded", 0, ANNEMIEK, channel="letter", direction="inbound")
    assert [kind for kind, _ in pictured(letter).entities] == ["conversation"]


def test_a_conversation_is_the_one_whose_first_contact_it_was_not_of_an_automatic_mail() -> None:
    bounce = cloud(
        "interaction.recorded",
        0,
        BORIS,
        channel="email",
        direction="inbound",
        conversation_id="thread:1",
        auto="bounce",
    )
    seen = pictured(bounce, said("inbound", 5))
    assert entity(seen, "conversation", "thread:1").owner == seen.customer_with("customer_number", "K-501")
