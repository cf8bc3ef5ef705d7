"""Commands: decided once on the state that was seen, answered with the new one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from projections.reading.problems import NotYetVisible
from projections.reading.reads import Reads
from tests.api.desk.desk import Desk, ago, ahead, email, event, talk, unique

NOBODY = "00000000-0000-4000-8000-000000000000"


class Thing:
    """One entity that is commanded: its path, and the tag of the state that was seen last."""

    def __init__(self, desk: Desk, path: str) -> None:
        self.desk, self.path, self.etag = desk, path, ""
        self.look()

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.get(self.path).json()
        self.etag = found["etag"]
        return found

    def do(self, command: str, body: Any = None, **options: Any) -> Any:
        answer = self.desk.post(f"{self.path}/{command}", body, **{"etag": self.etag, **options})
        if answer.status_code == 200:
            assert answer.headers["etag"] == f'"{answer.json()["etag"]}"'
            assert answer.json()["etag"] != self.etag
            self.etag = answer.json()["etag"]
        return answer


def follow_up(desk: Desk, **data: Any) -> Thing:
    external = unique("f")
    desk.send(event("follow_up.opened", [email()], follow_up_id=external, kind="callback", **data))
    return Thing(desk, f"/v1/follow-ups/{desk.system.names.entity('follow_up', external)}")


def agreement(desk: Desk, **data: Any) -> Thing:
    external, due = unique("a"), {"due_at": ahead(days=2), **data}
    desk.send(event("agreement.made", [email()], agreement_id=external, kind="callback", **due))
    return Thing(desk, f"/v1/agreements/{desk.system.names.entity('agreement', external)}")


def conversation(desk: Desk, **data: Any) -> Thing:
    external = unique("c")
    desk.send(talk([email()], conversation_id=external, **data))
    return Thing(desk, f"/v1/conversations/{desk.system.names.entity('conversation', external)}")


def test_a_follow_up_goes_its_way(desk: Desk) -> None:
    thing = follow_up(desk, team="north")
    taken = thing.do("assign", {"assignee": "me"}, id="a-3").json()
    assert (taken["assignee"], taken["team"], taken["state"]) == ("a-3", "north", "open")
    until = ahead(hours=3)
    snoozed = thing.do("snooze", {"until": until, "reason": "Morgen weer"}).json()
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", until)
    assert thing.do("release").json()["assignee"] is None
    assert thing.do("assign", {"team": "south"}).json()["team"] == "south"
    done = thing.do("complete", {"outcome": "not_kept", "note": "Niet bereikt"}).json()
    assert (done["state"], done["outcome"]) == ("completed", "not_kept")
    opened = thing.do("reopen", {"due_at": "2030-05-01"}).json()
    assert (opened["state"], opened["due_at"]) == ("open", "2030-05-01T21:59:59Z")
    assert thing.do("cancel", {"outcome": "not_needed"}).json()["state"] == "cancelled"


def test_an_agreement_goes_its_way(desk: Desk) -> None:
    thing = agreement(desk)
    first = thing.look()["due_at"]
    moved = thing.do("reschedule", {"due_at": "2030-05-01", "reason": "Feestdag"}).json()
    assert (moved["due_at"], moved["original_due_at"]) == ("2030-05-01T21:59:59Z", first)
    assert thing.do("keep", {"evidence": {"call": 1}}).json()["state"] == "kept"
    assert agreement(desk).do("withdraw", {"reason": "Niet meer nodig"}).json()["state"] == "withdrawn"


def test_late_word_that_it_was_kept_in_time_keeps_a_broken_agreement(desk: Desk) -> None:
    broken = agreement(desk, due_at=ago(minutes=30))
    assert broken.look()["state"] == "broken"
    assert broken.do("keep", {"kept_at": ago(minutes=40)}).json()["state"] == "kept"
    late = agreement(desk, due_at=ago(minutes=30))
    assert late.do("keep").json()["state"] == "broken"


def test_a_conversation_goes_its_way(desk: Desk) -> None:
    thing = conversation(desk)
    context = {"summary": "Pakket zoek", "asked": ["ordernummer"]}
    handed = thing.do("handover", {"to": {"team": "bezorging"}, "context": context}, id="a-3").json()
    assert handed["handed_over"]["from"] == {"agent": "a-3"}
    assert (handed["handed_over"]["to"], handed["handed_over"]["context"]) == ({"team": "bezorging"}, context)
    waiting = thing.do("wait", {"for": "third_party", "reason": "Vervoerder"}).json()
    assert (waiting["state"], waiting["waiting_for"]) == ("waiting", "third_party")
    assert thing.do("continue").json()["state"] == "open"
    assert thing.do("resolve").json()["outcome"] == "resolved"
    assert thing.do("reopen", {"reason": "Toch niet"}).json()["state"] == "open"


def test_a_follow_up_waits_while_its_conversation_does(desk: Desk) -> None:
    talked = conversation(desk)
    external = talked.look()["external_id"]
    duty = follow_up(desk, conversation_id=external)
    talked.do("wait", {"for": "customer"})
    assert duty.look()["state"] == "waiting"
    talked.do("continue")
    assert duty.look()["state"] == "open"


def test_completing_a_follow_up_as_kept_keeps_its_agreement(desk: Desk) -> None:
    promise = agreement(desk)
    duty = follow_up(desk, agreement_id=promise.look()["external_id"])
    assert duty.do("complete", {"outcome": "kept"}).json()["outcome"] == "kept"
    assert promise.look()["state"] == "kept"


def test_a_command_stands_on_the_timeline_with_who_gave_it(desk: Desk) -> None:
    thing = follow_up(desk)
    answer = thing.do("complete", id="a-3").json()
    newest = desk.get(f"/v1/customers/{answer['customer_id']}/timeline", limit=1).json()["items"][0]
    assert (newest["type"], newest["source"], newest["data"]["by"]) == ("follow_up.completed", "/api", "a-3")


def test_a_command_comes_after_what_was_seen_even_if_that_lies_ahead(desk: Desk) -> None:
    external = unique("f")
    early = event("follow_up.opened", [email()], ahead(hours=2), follow_up_id=external, kind="callback")
    desk.send(early)
    thing = Thing(desk, f"/v1/follow-ups/{desk.system.names.entity('follow_up', external)}")
    assert thing.do("complete").json()["state"] == "completed"


COMMANDS = {
    "/v1/follow-ups": {"assign": {"assignee": "me"}, "release": None, "snooze": {"until": "2099-01-01T00:00:00Z"},
                       "complete": None, "cancel": None, "reopen": None},
    "/v1/agreements": {"reschedule": {"due_at": "2099-01-01"}, "keep": None, "withdraw": None},
    "/v1/conversations": {"handover": {"to": {"team": "x"}}, "wait": {"for": "customer"}, "continue": None,
                          "resolve": None, "reopen": None},
}  # fmt: skip
MAKE = {"/v1/follow-ups": follow_up, "/v1/agreements": agreement, "/v1/conversations": conversation}
EACH = [(begin, command) for begin, commands in COMMANDS.items() for command in commands]


@pytest.mark.parametrize(("begin", "command"), EACH)
def test_a_command_needs_the_tag_of_what_was_seen(desk: Desk, begin: str, command: str) -> None:
    thing, body = MAKE[begin](desk), COMMANDS[begin][command]
    absent = thing.do(command, body, etag=None)
    assert (absent.status_code, absent.json()["code"]) == (428, "if_match_required")
    stale = thing.do(command, body, etag="0123456789abcdef")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale.json()["etag"] == thing.etag
    assert set(stale.json()) >= {"by", "at", "etag"}
    unknown = desk.post(f"{begin}/{NOBODY}/{command}", body, etag="x")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_id")


def test_who_was_first_is_told_to_who_was_not(desk: Desk) -> None:
    thing = follow_up(desk)
    seen = thing.etag
    thing.do("assign", {"assignee": "me"}, id="first")
    late = thing.do("assign", {"assignee": "me"}, id="second", etag=seen)
    assert late.status_code == 412
    assert (late.json()["by"], late.json()["etag"]) == ("first", thing.etag)
    assert late.headers["etag"] == f'"{thing.etag}"'
    assert thing.do("assign", {"assignee": "me"}, id="second").json()["assignee"] == "second"


def test_a_change_by_a_source_is_told_with_its_name(desk: Desk) -> None:
    external, who = unique("f"), email()
    desk.send(event("follow_up.opened", [who], follow_up_id=external, kind="callback"))
    thing = Thing(desk, f"/v1/follow-ups/{desk.system.names.entity('follow_up', external)}")
    desk.send(event("follow_up.assigned", [who], follow_up_id=external, assignee="a-8"))
    assert thing.do("complete").json()["by"] == "/tests"


@pytest.mark.parametrize("begin", MAKE)
def test_of_commands_that_race_exactly_one_wins(desk: Desk, begin: str) -> None:
    command = {"/v1/follow-ups": "complete", "/v1/agreements": "keep", "/v1/conversations": "resolve"}[begin]
    for _ in range(3):
        thing = MAKE[begin](desk)
        path, etag = f"{thing.path}/{command}", thing.etag
        with ThreadPoolExecutor(4) as threads:
            tries = {n: threads.submit(desk.post, path, id=f"racer-{n}", etag=etag) for n in range(4)}
            answers = {n: one.result() for n, one in tries.items()}
        assert sorted(one.status_code for one in answers.values()) == [200, 412, 412, 412]
        (winner,) = (f"racer-{n}" for n, one in answers.items() if one.status_code == 200)
        current = desk.get(thing.path).json()["etag"]
        for one in answers.values():
            assert one.json()["etag"] == current
            assert one.status_code == 200 or one.json()["by"] == winner


SETTLED = [
    (follow_up, "complete", None, "complete", None, "already_settled"),
    (follow_up, "cancel", None, "assign", {"assignee": "me"}, "already_settled"),
    (follow_up, "complete", None, "snooze", {"until": "2099-01-01T00:00:00Z"}, "already_settled"),
    (follow_up, "cancel", None, "release", None, "already_settled"),
    (follow_up, "release", None, "reopen", None, "not_settled"),
    (agreement, "keep", None, "keep", None, "already_settled"),
    (agreement, "keep", None, "reschedule", {"due_at": "2099-01-01"}, "already_settled"),
    (agreement, "withdraw", None, "withdraw", None, "already_settled"),
    (conversation, "resolve", None, "resolve", None, "already_settled"),
    (conversation, "resolve", None, "wait", {"for": "customer"}, "already_settled"),
    (conversation, "handover", {"to": {"team": "x"}}, "reopen", None, "not_settled"),
    (conversation, "resolve", None, "continue", None, "not_waiting"),
]


@pytest.mark.parametrize(("make", "first", "body", "second", "other", "code"), SETTLED)
def test_what_makes_no_sense_in_this_state_is_409(
    desk: Desk, make: Any, first: str, body: Any, second: str, other: Any, code: str
) -> None:
    thing = make(desk)
    assert thing.do(first, body).status_code == 200
    answer = thing.do(second, other)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert thing.look()["etag"] == thing.etag


def test_only_some_give_work_to_somebody_else(desk: Desk) -> None:
    thing = follow_up(desk)
    refused = thing.do("assign", {"assignee": "a-99"}, id="a-1")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert thing.do("assign", {"assignee": "a-1"}, id="a-1").status_code == 200
    assert thing.do("assign", {"assignee": "a-99"}, role="lead").json()["assignee"] == "a-99"


@pytest.mark.parametrize(
    ("make", "command", "body", "place"),
    [
        (follow_up, "assign", {}, "assignee"),
        (follow_up, "snooze", {"until": "2020-01-01T00:00:00Z"}, "until"),
        (follow_up, "snooze", {}, "until"),
        (follow_up, "complete", {"outcome": "great"}, "outcome"),
        (follow_up, "reopen", {"due_at": "someday"}, "due_at"),
        (agreement, "reschedule", {"due_at": "2026-13-01"}, "due_at"),
        (agreement, "keep", {"kept_at": "2099-01-01T00:00:00Z"}, "kept_at"),
        (conversation, "handover", {"to": {}}, None),
        (conversation, "wait", {"for": "godot"}, "for"),
        (conversation, "resolve", [], None),
    ],
)
def test_what_cannot_be_commanded_is_400_at_its_place(
    desk: Desk, make: Any, command: str, body: Any, place: str | None
) -> None:
    thing = make(desk)
    if command == "reopen":
        thing.do("complete")
    answer = thing.do(command, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), answer.text
    assert place is None or answer.json()["places"][0]["name"] == place


def test_a_wrap_up_needs_no_tag_and_leaves_alone_what_it_does_not_name(desk: Desk) -> None:
    call, who = unique("call"), email()
    desk.send(talk([who], channel="phone", interaction_id=call))
    path = f"/v1/interactions/{desk.system.names.entity('interaction', call)}/classify"
    first = desk.post(path, {"topic": "delivery", "outcome": "resolved"}, id="a-3").json()
    assert (first["topic"], first["outcome"], first["note"]) == ("delivery", "resolved", None)
    second = desk.post(path, {"intent": "complaint", "note": "Was boos"}).json()
    assert (second["topic"], second["intent"], second["note"]) == ("delivery", "complaint", "Was boos")
    (contact,) = desk.get(f"/v1/customers/{desk.customer(who)}/contacts").json()["items"]
    assert (contact["topic"], contact["intent"], contact["outcome"]) == ("delivery", "complaint", "resolved")


def test_an_attributed_interaction_moves_with_all_that_was_told_of_it_and_joins_nobody(desk: Desk) -> None:
    call, who, other = unique("call"), email(), email()
    desk.send(talk([who], interaction_id=call, text="Dit was ik niet"), talk([who]), talk([other]))
    path = f"/v1/interactions/{desk.system.names.entity('interaction', call)}"
    desk.post(f"{path}/classify", {"topic": "returns"})
    to = {"type": "email", "value": other["value"].upper()}
    moved = desk.post(f"{path}/attribute", {"to": to, "reason": "Vergissing"}).json()
    assert moved["customer_id"] == desk.customer(other) != desk.customer(who)
    theirs = desk.get(f"/v1/customers/{desk.customer(other)}/timeline")
    assert "Dit was ik niet" in theirs.text
    assert "interaction.classified" in theirs.text
    assert "Dit was ik niet" not in desk.get(f"/v1/customers/{desk.customer(who)}/timeline").text


def test_an_unknown_interaction_is_404_and_a_bad_identifier_400(desk: Desk) -> None:
    for name, body in (("classify", {}), ("attribute", {"to": {"type": "email", "value": "a@example.nl"}})):
        answer = desk.post(f"/v1/interactions/{NOBODY}/{name}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_id")
    bad = desk.post(f"/v1/interactions/{NOBODY}/attribute", {"to": {"type": "email", "value": "x"}})
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_email")


def test_what_is_recorded_but_not_visible_in_time_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(*_: Any) -> None:
        raise NotYetVisible

    thing = follow_up(desk)
    with monkeypatch.context() as patched:
        patched.setattr(Reads, "wait_for", too_late)
        headers = {**desk.token("agent"), "If-Match": thing.etag, "Accept-Language": "en"}
        answer = desk.api.post(f"{thing.path}/complete", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (504, "not_yet_visible")
    assert answer.json()["recorded"] is True
    assert "recorded" in answer.json()["detail"]
    assert desk.get(thing.path, wait_for=answer.json()["position"]).json()["state"] == "completed"
