"""Written conversations of several messages: chat, messaging services, app, social media, e-mail, web forms.

Calls, visits and letters are in `calls.py`; what an agent promises afterwards is in `agreements.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from services.demo.book import Book, Data
from services.demo.contact import SOURCES, Contact, Occasion, somebody, system_of
from services.demo.orders import CATALOGUE
from services.demo.staff import BOT, Agent
from services.demo.texts import CORRESPONDENCE_CLOSE, REOPENED

PACE: dict[str, tuple[float, float]] = {
    "chat": (0.3, 2.5),
    "whatsapp": (1, 18),
    "messenger": (2, 35),
    "instagram": (3, 50),
    "telegram": (2, 30),
    "app": (5, 80),
    "social": (8, 90),
    "email": (35, 600),
    "web": (60, 700),
}
_BOTTED = {"chat": 0.55, "messenger": 0.3, "whatsapp": 0.2, "telegram": 0.5}
_OPEN_FOR = timedelta(days=2)


@dataclass(slots=True)
class Thread:
    """A conversation while it is being told."""

    book: Book
    occasion: Occasion
    agent: Agent
    id: str
    at: datetime
    product: str
    last_said: str = ""
    last_heard: str = ""
    messages: int = 0
    identifiers: list[Data] = field(default_factory=list)

    @property
    def source(self) -> str:
        return SOURCES[self.occasion.channel]

    def wait(self, factor: float = 1) -> None:
        low, high = PACE[self.occasion.channel]
        self.at += self.book.minutes(low * factor, high * factor)

    def happens(self, name: str, **data: object) -> bool:
        """Something that happens to the whole conversation."""
        about: Data = {"identifiers": self.identifiers, "conversation_id": self.id}
        return self.book.write(self.source, name, self.at, about | data, thread=self.id)

    def say(self, who: str, text: str, **extra: object) -> bool:
        """One message; `who` is K, M or B. Answers whether it has been said by now."""
        inbound = who == "K"
        self.messages += 1
        channel = "email" if self.occasion.channel == "web" and self.messages > 1 else self.occasion.channel
        if who == "M":
            self.at = self.book.daytime(self.at)
        interaction_id = f"{self.id}.{self.messages}"
        data: Data = {
            "identifiers": self.identifiers,
            "interaction_id": interaction_id,
            "channel": channel,
            "direction": "inbound" if inbound else "outbound",
            "conversation_id": self.id,
            "text": self._written(channel, who, text),
            "topic": self.occasion.script.topic,
        }
        if channel in ("email", "web"):
            subject = self.occasion.fill(self.occasion.script.subject, self.product)
            data["subject"] = subject if self.messages == 1 else f"Re: {subject}"
        if who == "B":
            data["bot"] = BOT
        elif who == "M":
            data |= {"agent": self.agent.as_data(), "team": self.agent.team}
        if not inbound and self.last_heard:
            data["in_reply_to"] = self.last_heard
        said = self.book.write(
            SOURCES[channel], "interaction.recorded", self.at, data | extra, thread=self.id
        )
        if said and inbound:
            self.last_heard = interaction_id
        elif said:
            self.last_said = interaction_id
        return said

    def _written(self, channel: str, who: str, text: str) -> str:
        line = self.occasion.fill(text, self.product)
        if channel != "email":
            return line
        customer = self.occasion.person.name
        addressed, signed = ("klantenservice", customer) if who == "K" else (customer, self.agent.name)
        return f"Beste {addressed},\n\n{line}{CORRESPONDENCE_CLOSE.format(name=signed)}"


def talk(book: Book, occasion: Occasion) -> Contact:
    """Tell one conversation, message by message, as far as it has come by now."""
    agent = somebody(book, occasion.script)
    thread = Thread(
        book=book,
        occasion=occasion,
        agent=agent,
        id=book.number(system_of(occasion.channel)),
        at=occasion.at,
        product=book.pick(CATALOGUE)[1],
        identifiers=occasion.person.on(occasion.channel),
    )
    closed = _turns(thread) and _close(thread)
    return Contact(
        person=occasion.person,
        identifiers=thread.identifiers,
        channel=occasion.channel,
        script=occasion.script,
        agent=agent,
        conversation_id=thread.id,
        interaction_id=thread.last_heard,
        started_at=occasion.at,
        ended_at=min(thread.at, book.now),
        outcome="resolved" if closed else "unresolved",
        closed=closed,
        order=occasion.order,
    )


def _turns(thread: Thread) -> bool:
    """Say the turns of the script; false when it stops halfway, waiting for an answer."""
    book = thread.book
    recent = book.now - thread.at < _OPEN_FOR
    left_open = book.chance(0.45 if recent else 0.015)
    for place, (who, text) in enumerate(_paced(thread)):
        extra: Data = {}
        if who == "K" and "foto" in text.lower():
            extra["attachments"] = [{"name": "foto.jpg", "type": "image/jpeg", "size": 412_000 + place}]
        if not thread.say(who, text, **extra):
            return False
        if place == 0:
            _greet(thread)
            if left_open:
                return False
        _touch(thread, who)
        thread.wait()
    return True


def _paced(thread: Thread) -> list[tuple[str, str]]:
    """The turns as this channel has them: who writes mail says everything in one."""
    turns = thread.occasion.script.turns
    if thread.occasion.channel not in ("email", "web"):
        return list(turns)
    runs = groupby(turns, key=lambda turn: turn[0])
    return [(who, " ".join(text for _, text in run)) for who, run in runs]


def _greet(thread: Thread) -> None:
    """The bot answers first on some channels, asks what it can, and hands over with what it knows."""
    book, occasion = thread.book, thread.occasion
    if not book.chance(_BOTTED.get(occasion.channel, 0)):
        thread.wait()
        return
    collected: Data = {"naam": occasion.person.name}
    thread.at += timedelta(seconds=2)
    thread.say("B", "Hallo, ik ben de digitale assistent. Ik help u graag op weg.")
    if occasion.order:
        collected["bestelnummer"] = occasion.order.number
        thread.at += timedelta(seconds=3)
        thread.say("B", "Om welk bestelnummer gaat het?")
        thread.wait()
        thread.say("K", "{order}")
    thread.at += timedelta(seconds=4)
    thread.happens(
        "conversation.handed_over",
        **{"from": {"bot": BOT}},
        to={"team": thread.agent.team},
        context={
            "summary": occasion.fill(occasion.script.turns[0][1], thread.product),
            "asked": ["bestelnummer"] if occasion.order else ["onderwerp"],
            "answered": collected,
            "collected": collected,
        },
        reason="de klant vraagt om een medewerker",
    )
    thread.wait()


def _touch(thread: Thread, who: str) -> None:
    """Small things that happen to a message: read, bounced, reacted to, rewritten, taken back."""
    book, channel = thread.book, thread.occasion.channel
    about = {"identifiers": thread.identifiers}
    moment = thread.at + timedelta(seconds=20)

    def note(name: str, interaction_id: str, **data: object) -> None:
        book.write(
            SOURCES[channel],
            name,
            moment,
            about | {"interaction_id": interaction_id} | data,
            thread=thread.id,
        )

    if who == "M" and channel in ("whatsapp", "email", "messenger") and book.chance(0.22):
        note(
            "interaction.delivery_changed",
            thread.last_said,
            status="delivered" if channel == "email" else "read",
        )
    if who == "M" and channel == "email" and book.chance(0.02):
        note("interaction.delivery_changed", thread.last_said, status="bounced", reason="postvak vol")
    if who == "M" and channel in ("whatsapp", "instagram", "telegram") and book.chance(0.2):
        note("interaction.reacted", thread.last_said, reaction=book.pick(("👍", "❤️", "🙏")))
    if who == "K" and channel in ("chat", "whatsapp", "telegram", "social") and book.chance(0.05):
        text = thread.occasion.fill(thread.occasion.script.turns[0][1], thread.product)
        note("interaction.amended", thread.last_heard, text=f"{text} (aangepast)")
    if who == "K" and channel in ("whatsapp", "telegram", "social") and book.chance(0.06):
        note("interaction.removed", thread.last_heard, reason="door de afzender verwijderd")


def _close(thread: Thread) -> bool:
    """Wait, continue, resolve and perhaps reopen; answers whether it is closed by now."""
    book = thread.book
    if book.chance(0.18):
        waiting = book.pick(
            (
                ("customer", "foto gevraagd"),
                ("third_party", "navraag bij de vervoerder"),
                ("internal", "navraag bij het magazijn"),
            )
        )
        thread.happens("conversation.waiting", **{"for": waiting[0]}, reason=waiting[1])
        thread.at += book.minutes(200, 2600)
        if not thread.happens("conversation.continued", reason="antwoord ontvangen"):
            return False
        thread.say("M", "Ik heb antwoord gekregen en het voor u in orde gemaakt.")
        thread.wait()
    thread.at = book.daytime(thread.at)
    if not thread.happens("conversation.resolved", by=thread.agent.id):
        return False
    return _reopen(thread) if book.chance(0.05) else True


def _reopen(thread: Thread) -> bool:
    book = thread.book
    thread.at += book.minutes(300, 3000)
    if not thread.say("K", "Helaas, het is toch nog niet opgelost. Kunnen jullie er nog eens naar kijken?"):
        return True
    thread.happens("conversation.reopened", reason=book.pick(REOPENED), by=thread.agent.id)
    thread.wait()
    thread.say("M", "Vervelend! Ik pak het opnieuw op en kom erop terug.")
    thread.at += book.minutes(200, 2000)
    return thread.happens("conversation.resolved", by=thread.agent.id)
