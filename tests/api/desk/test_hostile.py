"""What a hostile or clumsy sender tries: nothing that was accepted may break a read, and nothing removed may show."""

import json

import pytest

from tests.api.desk.desk import BATCH, Desk, ahead, email, event, number, talk, unique

ODD_NUMBERS = ["1e400", "9" * 400, "-0.0", "1" + "0" * 400 + ".5"]


@pytest.mark.parametrize(
    "odd", ODD_NUMBERS, ids=["beyond a double", "400 digits", "minus zero", "long decimal"]
)
def test_numbers_that_nobody_can_hold_come_back_as_they_came(desk: Desk, odd: str) -> None:
    who, sent = email(), talk([email()], odd="ODD", conversation_id=unique("chat"))
    sent["data"]["identifiers"] = [who]
    raw = json.dumps([sent]).replace('"ODD"', odd)
    headers = {**desk.token("connector", "tests", attests=True), "Content-Type": BATCH}
    receipt = desk.api.post("/v1/events", content=raw, headers=headers).json()
    assert receipt["accepted"] == 1
    desk.position = receipt["position"]
    customer = desk.customer(who)
    page = desk.get(f"/v1/customers/{customer}/timeline")
    assert page.status_code == 200
    assert f'"odd":{odd}' in page.text.replace(" ", "")
    [entry] = page_items(desk, customer)
    assert desk.get(f"/v1/conversations/{entry['conversation_id']}").status_code == 200
    assert (
        desk.post(f"/v1/interactions/{entry['interaction_id']}/classify", {"topic": "odd"}).status_code == 200
    )


def page_items(desk: Desk, customer: str) -> list[dict[str, str]]:
    """Identity of the entries, read without decoding what cannot be decoded."""
    found = desk.get(f"/v1/customers/{customer}/contacts").json()["items"]
    text = desk.get(f"/v1/customers/{customer}/timeline").text
    interaction = text.partition('"interaction_id":"')[2][:36]
    return [{"conversation_id": one["conversation_id"], "interaction_id": interaction} for one in found]


def test_an_event_over_a_mebibyte_is_refused_alone(desk: Desk) -> None:
    who = email()
    receipt = desk.post_events([talk([who], text="x" * 1_100_000), talk([who])])
    assert [(one["status"], one.get("code")) for one in receipt["results"]] == [
        ("rejected", "too_large"),
        ("accepted", None),
    ]


def test_a_page_of_large_entries_holds_some_and_the_next_the_rest(desk: Desk) -> None:
    who = email()
    sent = [talk([who], text="x" * 1_000_000) for _ in range(7)]
    for one in sent:
        desk.send(one)
    path, found, cursor, pages = f"/v1/customers/{desk.customer(who)}/timeline", [], None, 0
    while pages == 0 or cursor:
        page = desk.get(path, **({"cursor": cursor} if cursor else {})).json()
        found += [one["external_id"] for one in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert sorted(found) == sorted(one["id"] for one in sent)
    assert pages > 1


def test_a_removed_message_shows_nowhere(desk: Desk) -> None:
    """Neither its subject, nor the words of a correction of it, nor content in fields that we do not know."""
    who, secret = email(), unique("geheim")
    told = talk(
        [who],
        interaction_id=unique("mail"),
        conversation_id=unique("thread"),
        subject=f"over {secret}",
        text=f"mijn {secret}",
        html=f"<p>{secret}</p>",
    )
    desk.send(told)
    fixed = {**told["data"], "text": f"mijn nieuwe {secret}"}
    corrected = event("event.corrected", [], event={"source": "/tests", "id": told["id"]})
    corrected["data"] = {"event": {"source": "/tests", "id": told["id"]}, "data": fixed}
    desk.send(corrected, event("interaction.removed", [who], interaction_id=told["data"]["interaction_id"]))
    customer = desk.customer(who)
    [contact] = desk.get(f"/v1/customers/{customer}/contacts").json()["items"]
    desk.settled()
    reads = [
        desk.get(f"/v1/customers/{customer}"),
        desk.get(f"/v1/customers/{customer}/timeline"),
        desk.get(f"/v1/customers/{customer}/contacts"),
        desk.get(f"/v1/conversations/{contact['conversation_id']}"),
        desk.post("/v1/search", {"query": secret}),
    ]
    assert [read.status_code for read in reads] == [200] * 5
    assert not [read.url.path for read in reads if secret in read.text]


def test_a_correction_beside_its_target_needs_no_identifiers(desk: Desk) -> None:
    who = number()
    told = talk([who], text="fout")
    corrected = event("event.corrected", [])
    corrected["data"] = {
        "event": {"source": "/tests", "id": told["id"]},
        "data": {"channel": "chat", "direction": "inbound", "text": "goed"},
    }
    desk.send(told, corrected)
    items = desk.get(f"/v1/customers/{desk.customer(who)}/timeline").json()["items"]
    assert {(one["type"], one["text"]) for one in items} == {
        ("interaction.recorded", "goed"),
        ("event.corrected", None),
    }


def test_who_may_not_send_a_type_may_not_rewrite_it(desk: Desk) -> None:
    who = number()
    promise = event(
        "agreement.made", [who], agreement_id=unique("desk"), kind="callback", due_at=ahead(days=1)
    )
    desk.send(promise)
    corrected = event("event.corrected", [])
    corrected["data"] = {
        "event": {"source": "/tests", "id": promise["id"]},
        "data": {**promise["data"], "text": "nee"},
    }
    claims = {"sources": ["/tests"], "types": ["interaction.*", "event.corrected"]}
    headers = {**desk.token("connector", "small", **claims), "Content-Type": BATCH}
    receipt = desk.api.post("/v1/events", content=json.dumps([corrected]), headers=headers).json()
    assert [(one["status"], one["code"]) for one in receipt["results"]] == [("rejected", "type_not_allowed")]


def test_the_last_agent_is_the_one_who_spoke_last(desk: Desk) -> None:
    """What is done to an older conversation does not make its agent the last."""
    who = email()
    chat = talk(
        [who], "2026-02-01T10:00:00Z", conversation_id=unique("chat"), agent={"id": "a-7", "name": "Bram"}
    )
    call = talk([who], "2026-02-02T10:00:00Z", channel="phone", agent={"id": "a-9", "name": "Chris"})
    desk.send(chat, call)
    desk.send(
        event(
            "conversation.resolved",
            [who],
            "2026-02-03T10:00:00Z",
            conversation_id=chat["data"]["conversation_id"],
        )
    )
    last = desk.get(f"/v1/customers/{desk.customer(who)}").json()["routing"]["last_agent"]
    assert (last["id"], last["at"], last["channel"]) == ("a-9", "2026-02-02T10:00:00Z", "phone")


def test_the_timeline_says_who_acted_and_finds_it_by_that(desk: Desk) -> None:
    who = number()
    desk.send(
        event(
            "agreement.made",
            [who],
            agreement_id=unique("desk"),
            kind="callback",
            due_at=ahead(days=1),
            made_by={"kind": "agent", "id": "a-31"},
        )
    )
    items = desk.get(f"/v1/customers/{desk.customer(who)}/timeline", agent="a-31").json()["items"]
    assert [one["agent"] for one in items] == [{"id": "a-31"}]


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "Een afspraak is niet nagekomen"), ("en", "not kept")]
)
def test_warnings_speak_the_language_asked_for(desk: Desk, language: str, words: str) -> None:
    who = number()
    desk.send(
        event(
            "agreement.made",
            [who],
            "2026-02-01T10:00:00Z",
            agreement_id=unique("desk"),
            kind="callback",
            due_at="2026-02-02T10:00:00Z",
        )
    )
    headers = {**desk.token("agent"), "Accept-Language": language}
    told = desk.api.get(f"/v1/customers/{desk.customer(who)}", headers=headers).json()
    assert any(words in one["text"] for one in told["warnings"])


def test_the_balance_of_all_records_is_a_metric(desk: Desk) -> None:
    desk.send(talk([email()]))
    desk.settled()
    lines = desk.api.get("/metrics").text.splitlines()
    states = [
        line for line in lines if line.startswith("klantbeeld_records{") and 'processor="timeline"' in line
    ]
    assert {line.partition('state="')[2].partition('"')[0] for line in states} == {
        "stored",
        "late_duplicate",
        "dead",
        "shredded",
        "in_flight",
    }
    assert sum(float(line.rpartition(" ")[2]) for line in states) == desk.system.log.ends()[0]
