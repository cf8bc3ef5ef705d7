"""Contacts that are one interaction: calls with and without a phone menu, visits to a shop, letters, faxes.

Conversations of several messages are in `conversations.py`.
"""

from datetime import datetime, timedelta

from services.demo.book import Book, Data, stamp
from services.demo.contact import SOURCES, Contact, Occasion, somebody, system_of
from services.demo.orders import CATALOGUE
from services.demo.people import WITHHELD, identifier
from services.demo.staff import Agent
from services.demo.texts import CORRESPONDENCE_CLOSE

_OUTCOMES = (
    ("resolved", 66),
    ("unresolved", 14),
    ("transferred", 5),
    ("missed", 4),
    ("abandoned", 6),
    ("voicemail", 5),
)


def call(book: Book, occasion: Occasion) -> Contact:
    """A telephone call, often through the phone menu first; today's calls also ring live."""
    agent = somebody(book, occasion.script)
    call_id = book.number("call")
    known = occasion.person.on("phone")
    outcome = book.rng.choices([name for name, _ in _OUTCOMES], weights=[share for _, share in _OUTCOMES])[0]
    if book.chance(0.4):
        _menu(book, occasion, call_id, known)
    answered = occasion.at + book.minutes(0.2, 7)
    ended = answered + (book.minutes(2, 16) if _answered(outcome) else timedelta())
    data: Data = {
        "identifiers": known,
        "interaction_id": call_id,
        "channel": "phone",
        "direction": "inbound",
        "conversation_id": call_id,
        "topic": occasion.script.topic,
        "queue": occasion.script.team,
        "queued_at": stamp(occasion.at),
        "ended_at": stamp(ended),
        "outcome": outcome,
    }
    if _answered(outcome):
        heard = occasion.fill(occasion.script.turns[0][1], book.pick(CATALOGUE)[1])
        data |= {
            "agent": agent.as_data(),
            "team": agent.team,
            "answered_at": stamp(answered),
            "text": f"Klant: {heard}",
        }
    elif outcome == "voicemail":
        data["text"] = "Voicemail: wilt u mij terugbellen over mijn bestelling?"
    recent = book.now - occasion.at < timedelta(days=1)
    if recent or book.chance(0.2):
        _ring(book, occasion.at, known, call_id, occasion.script.team)
    finished = ended <= book.now
    if finished:
        book.write("/pbx/main", "interaction.recorded", occasion.at, data, sequence=1, thread=call_id)
    return _contact(occasion, known, agent, call_id, ended, outcome if finished else "unresolved")


def _answered(outcome: str) -> bool:
    return outcome in ("resolved", "unresolved", "transferred")


def _ring(book: Book, at: datetime, known: list[Data], call_id: str, queue: str) -> None:
    book.write(
        "/pbx/main",
        "interaction.started",
        at,
        {
            "identifiers": known,
            "interaction_id": call_id,
            "channel": "phone",
            "direction": "inbound",
            "conversation_id": call_id,
            "queue": queue,
        },
        sequence=0,
        thread=call_id,
    )


def _menu(book: Book, occasion: Occasion, call_id: str, known: list[Data]) -> None:
    at = occasion.at - book.minutes(0.4, 2)
    book.write(
        "/pbx/main",
        "interaction.recorded",
        at,
        {
            "identifiers": known,
            "interaction_id": f"{call_id}.menu",
            "channel": "ivr",
            "direction": "inbound",
            "conversation_id": call_id,
            "topic": occasion.script.topic,
            "ended_at": stamp(occasion.at),
            "text": f"Keuzemenu: {occasion.script.team}",
            "outcome": "transferred",
            "bot": True,
        },
        thread=call_id,
    )


def visit_to_shop(book: Book, occasion: Occasion) -> Contact:
    """Somebody comes to the counter."""
    agent = somebody(book, occasion.script)
    visit_id = book.number("counter")
    ended = occasion.at + book.minutes(3, 18)
    known = occasion.person.on("counter")
    outcome = "resolved" if book.chance(0.85) else "unresolved"
    text = occasion.fill(occasion.script.turns[0][1], book.pick(CATALOGUE)[1])
    book.write(
        SOURCES["counter"],
        "interaction.recorded",
        occasion.at,
        {
            "identifiers": known,
            "interaction_id": visit_id,
            "channel": "counter",
            "channel_detail": "winkel Utrecht",
            "direction": "inbound",
            "conversation_id": visit_id,
            "topic": occasion.script.topic,
            "text": text,
            "agent": agent.as_data(),
            "team": "winkel",
            "ended_at": stamp(ended),
            "outcome": outcome,
        },
    )
    return _contact(occasion, known, agent, visit_id, ended, outcome)


def write_in(book: Book, occasion: Occasion) -> Contact:
    """A letter or a fax, answered by letter some days later."""
    agent, letter_id = somebody(book, occasion.script), book.number(system_of(occasion.channel))
    product, name = book.pick(CATALOGUE)[1], occasion.person.name
    asked, answer = (occasion.fill(occasion.script.turns[place][1], product) for place in (0, 1))
    common: Data = {
        "identifiers": occasion.person.on(occasion.channel),
        "conversation_id": letter_id,
        "topic": occasion.script.topic,
        "subject": occasion.fill(occasion.script.subject, product),
    }
    scan = {"name": f"scan-{letter_id.split(':')[1]}.pdf", "type": "application/pdf", "size": 183_500}
    letter = {
        "channel": occasion.channel,
        "direction": "inbound",
        "text": f"Geachte heer, mevrouw,\n\n{asked}{CORRESPONDENCE_CLOSE.format(name=name)}",
        "attachments": [scan],
    }
    reply = {
        "channel": "letter",
        "direction": "outbound",
        "text": f"Geachte {name},\n\n{answer}{CORRESPONDENCE_CLOSE.format(name=agent.name)}",
    }
    _sheet(book, occasion.at, f"{letter_id}.1", common | letter)
    answered = occasion.at + book.minutes(1500, 6000)
    replied = _answer(book, answered, letter_id, agent, common | reply)
    return _contact(
        occasion,
        common["identifiers"],
        agent,
        letter_id,
        answered if replied else occasion.at,
        "resolved" if replied else "unresolved",
        interaction_id=f"{letter_id}.1",
    )


def _sheet(book: Book, at: datetime, sheet_id: str, data: Data) -> bool:
    source = SOURCES[data["channel"]]
    about = {"interaction_id": sheet_id}
    return book.write(source, "interaction.recorded", at, data | about, thread=data["conversation_id"])


def _answer(book: Book, at: datetime, letter_id: str, agent: Agent, data: Data) -> bool:
    """The letter back, which also closes the matter."""
    by = {"agent": agent.as_data(), "team": agent.team, "in_reply_to": f"{letter_id}.1"}
    closing = {"identifiers": data["identifiers"], "conversation_id": letter_id, "by": agent.id}
    return _sheet(book, at, f"{letter_id}.2", data | by) and book.write(
        "/desk", "conversation.resolved", at, closing, sequence=1, thread=letter_id
    )


def withheld_call(book: Book, at: datetime) -> None:
    """A caller without a number: junk that must never join anybody."""
    call_id = book.number("call")
    book.write(
        "/pbx/main",
        "interaction.recorded",
        at,
        {
            "identifiers": [
                identifier("phone", WITHHELD),
                identifier("anonymous", f"pbx/{call_id.split(':')[1]}"),
            ],
            "interaction_id": call_id,
            "channel": "phone",
            "direction": "inbound",
            "conversation_id": call_id,
            "queue": "klantenservice",
            "queued_at": stamp(at),
            "ended_at": stamp(at + book.minutes(0.5, 4)),
            "outcome": book.pick(("abandoned", "resolved", "missed")),
        },
    )


def ringing_now(book: Book, known: list[Data]) -> None:
    """A call that waits in the queue at this very moment."""
    _ring(book, book.now - timedelta(seconds=35), known, book.number("call"), "klantenservice")


def _contact(
    occasion: Occasion,
    known: list[Data],
    agent: Agent,
    contact_id: str,
    ended: datetime,
    outcome: str,
    *,
    interaction_id: str = "",
) -> Contact:
    return Contact(
        person=occasion.person,
        identifiers=known,
        channel=occasion.channel,
        script=occasion.script,
        agent=agent,
        conversation_id=contact_id,
        interaction_id=interaction_id or contact_id,
        started_at=occasion.at,
        ended_at=ended,
        outcome=outcome,
        closed=outcome == "resolved",
        order=occasion.order,
    )
