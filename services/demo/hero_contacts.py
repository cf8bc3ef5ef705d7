"""What Fleur and the shop said to each other about her late parcel, and the promise made to her."""

from datetime import datetime, timedelta

from services.demo import agreements
from services.demo.agreements import spoken
from services.demo.book import Book, Data, at_clock, stamp
from services.demo.hero import AGREEMENT_ID, CALL_ID, CHAT_ID, DUTY_ID, ORDER_ID, PERSON
from services.demo.staff import BOT, Agent, named


def message(book: Book, at: datetime, place: int, channel: str, text: str, **extra: object) -> None:
    """One message of hers, or one to her."""
    thread = {"chat": CHAT_ID, "email": "mail:40001"}[channel]
    inbound = "bot" not in extra and "agent" not in extra
    data: Data = {
        "identifiers": PERSON.on(channel),
        "interaction_id": f"{thread}.{place}",
        "channel": channel,
        "direction": "inbound" if inbound else "outbound",
        "conversation_id": thread,
        "text": text,
        "topic": "delivery",
    }
    book.write(
        "/chat/site" if channel == "chat" else "/mail/support",
        "interaction.recorded",
        at,
        data | extra,
        thread=thread,
    )


_CHAT = (
    (0, "K", "Waar is mijn bestelling? Die zou eergisteren al komen."),
    (2, "B", "Hallo Fleur, ik kijk graag met u mee. Wat is het bestelnummer?"),
    (41, "K", ORDER_ID.split(":")[1]),
    (44, "B", "Het pakket is vertraagd. Ik verbind u door met een collega."),
    (130, "M", "Dag Fleur, met Noor. Het pakket ligt in het sorteercentrum, dat hoort niet."),
    (190, "K", "Zaterdag krijg ik visite en dan moet die lamp er staan."),
    (260, "M", "Begrijpelijk. Ik vraag het na bij de vervoerder en kom erop terug."),
)


def chat(book: Book, start: datetime) -> None:
    """Four days ago: the bot, then Noor, who waits for the carrier."""
    noor = named("Noor")
    sides: dict[str, Data] = {"K": {}, "B": {"bot": BOT}, "M": {"agent": noor.as_data(), "team": noor.team}}
    for place, (seconds, who, text) in enumerate(_CHAT, start=1):
        message(book, start + timedelta(seconds=seconds), place, "chat", text, **sides[who])
    _hand_over(book, start + timedelta(seconds=46), noor)
    about: Data = {"identifiers": PERSON.on("chat"), "conversation_id": CHAT_ID}
    waits = about | {"for": "third_party", "reason": "navraag bij de vervoerder"}
    book.write("/chat/site", "conversation.waiting", start + timedelta(seconds=300), waits, thread=CHAT_ID)


def _hand_over(book: Book, at: datetime, to: Agent) -> None:
    context = {
        "summary": "Bestelling is twee dagen te laat; klant wil weten waar het pakket is.",
        "asked": ["bestelnummer"],
        "answered": {"bestelnummer": ORDER_ID.split(":")[1]},
        "collected": {"naam": PERSON.name, "stemming": "ongeduldig"},
    }
    data: Data = {
        "identifiers": PERSON.on("chat"),
        "conversation_id": CHAT_ID,
        "from": {"bot": BOT},
        "to": {"team": to.team, "agent": to.id},
        "reason": "pakket te laat",
        "context": context,
    }
    book.write("/bot/web", "conversation.handed_over", at, data, thread=CHAT_ID)


def call(book: Book, start: datetime) -> None:
    """Three days ago: Ruben promises to call back."""
    ruben = named("Ruben")
    due_at = at_clock(start + timedelta(days=1), 17)
    _ring_through(book, start, ruben)
    agreements.make(
        book,
        PERSON,
        AGREEMENT_ID,
        start + timedelta(minutes=7),
        kind="callback",
        due_at=due_at,
        channel="phone",
        text=f"We bellen u voor {spoken(due_at)} met een nieuwe bezorgdatum.",
        agent_id=ruben.id,
        interaction_id=CALL_ID,
        order_id=ORDER_ID,
    )
    duty: Data = {"kind": "callback", "text": "Terugbellen over vertraagd pakket", "due_at": stamp(due_at)}
    links: Data = {"agreement_id": AGREEMENT_ID, "conversation_id": CALL_ID, "order_id": ORDER_ID}
    act(book, "opened", start + timedelta(minutes=9), priority=3, team="bezorging", **duty, **links)


def _ring_through(book: Book, start: datetime, agent: Agent) -> None:
    """The phone menu, the ringing, the talk."""
    about: Data = {"identifiers": PERSON.on("phone"), "direction": "inbound", "conversation_id": CALL_ID}
    menu = {"interaction_id": f"{CALL_ID}.menu", "channel": "ivr", "bot": True, "outcome": "transferred"}
    ringing = {"interaction_id": CALL_ID, "channel": "phone", "queue": "bezorging"}
    talk = {
        "topic": "delivery",
        "agent": agent.as_data(),
        "team": agent.team,
        "text": "Klant belt over het vertraagde pakket. Terugbellen beloofd.",
        "queued_at": stamp(start),
        "answered_at": stamp(start + timedelta(seconds=140)),
        "ended_at": stamp(start + timedelta(minutes=8)),
        "outcome": "unresolved",
    }
    in_menu = start - timedelta(seconds=50)
    book.write("/pbx/main", "interaction.recorded", in_menu, about | menu, thread=CALL_ID)
    book.write("/pbx/main", "interaction.started", start, about | ringing, sequence=0, thread=CALL_ID)
    book.write("/pbx/main", "interaction.recorded", start, about | ringing | talk, sequence=1, thread=CALL_ID)


def act(book: Book, step: str, at: datetime, **data: object) -> None:
    """One step of the duty to call her back."""
    about: Data = {"identifiers": PERSON.crm(), "follow_up_id": DUTY_ID}
    book.write("/desk", f"follow_up.{step}", at, about | data, thread=DUTY_ID)
