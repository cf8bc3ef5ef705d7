"""What customers tell without asking for anything: scores, consents, self-service; and machine mail."""

from datetime import datetime, timedelta

from services.demo.agreements import Agreement
from services.demo.book import Book, Data
from services.demo.contact import SOURCES, Contact
from services.demo.orders import Order
from services.demo.people import Person
from services.demo.texts import COMMENTS, NOTES, SMS, VISITS

_SCALES = {"csat": 5, "nps": 10, "ces": 7}
_PURPOSES = (
    ("newsletter", "email"),
    ("offers", "sms"),
    ("offers", "whatsapp"),
    ("profiling", ""),
    ("research", "email"),
)


def wrap_up(book: Book, contact: Contact) -> None:
    """The agent's own note on a contact."""
    book.write(
        "/desk",
        "interaction.classified",
        contact.ended_at + book.minutes(0.2, 3),
        {
            "identifiers": contact.identifiers,
            "interaction_id": contact.interaction_id,
            "topic": contact.script.topic,
            "intent": contact.script.intent,
            "outcome": contact.outcome,
            "note": book.pick(NOTES),
            "by": contact.agent.id,
        },
        thread=contact.conversation_id,
    )


def rate(book: Book, contact: Contact, agreement: Agreement | None) -> None:
    """A score after a contact; a broken promise costs."""
    happy = contact.closed and not (agreement and agreement.broken) and book.chance(0.9)
    metric = book.pick(("csat", "csat", "nps", "ces"))
    scale = _SCALES[metric]
    at = contact.ended_at + book.minutes(5, 1800)
    score = (
        scale - int(book.rng.random() * scale * 0.3) if happy else 1 + int(book.rng.random() * scale * 0.45)
    )
    give(book, contact, at, metric, score, book.pick(COMMENTS[happy]) if book.chance(0.5) else "")
    if book.chance(0.35):
        book.write(
            "/survey",
            "interaction.recorded",
            at,
            {
                "identifiers": contact.person.on("survey"),
                "interaction_id": book.number("survey"),
                "channel": "survey",
                "direction": "inbound",
                "topic": contact.script.topic,
                "subject": "Hoe hebben we u geholpen?",
                "text": book.pick(COMMENTS[happy]),
            },
        )


def give(book: Book, contact: Contact, at: datetime, metric: str, score: int, comment: str) -> None:
    data: Data = {
        "identifiers": contact.identifiers,
        "metric": metric,
        "score": score,
        "scale_max": _SCALES[metric],
        "channel": contact.channel,
        "conversation_id": contact.conversation_id,
    }
    book.write("/survey", "feedback.given", at, data | ({"comment": comment} if comment else {}))


def consent(book: Book, person: Person) -> None:
    """Say yes or no to something; a few change their mind."""
    purpose, channel = book.pick(_PURPOSES)
    granted = book.chance(0.65)
    at = book.some_day(lean=1)
    about: Data = {"identifiers": person.crm(), "purpose": purpose} | (
        {"channel": channel} if channel else {}
    )
    book.write("/crm", "consent.changed", at, about | {"granted": granted})
    if book.chance(0.15):
        book.write(
            "/crm", "consent.changed", at + book.minutes(3000, 90_000), about | {"granted": not granted}
        )


def browse(book: Book, known: list[Data], at: datetime) -> None:
    """Somebody helps themselves on the site."""
    page, article = book.pick(VISITS)
    data: Data = {"identifiers": known, "page": page}
    if article:
        data |= {"article": article, "helped": book.chance(0.6)}
    book.write("/web/site", "visit.recorded", at, data)


def texted(book: Book, order: Order) -> None:
    """A text message by machine about an order, with its delivery report."""
    at = order.placed_at + timedelta(hours=38) + book.minutes(0, 180)
    sms_id = book.number("sms")
    known = order.person.on("sms")
    hour = 9 + int(book.rng.random() * 8)
    text = SMS[0 if order.id.startswith("web") else 1].format(order=order.number, hour=hour, later=hour + 2)
    sent = book.write(
        SOURCES["sms"],
        "interaction.recorded",
        at,
        {
            "identifiers": known,
            "interaction_id": sms_id,
            "channel": "sms",
            "direction": "outbound",
            "text": text,
            "topic": "delivery",
            "bot": "meldingen",
        },
        thread=order.id,
    )
    if sent:
        failed = book.chance(0.06)
        status: Data = (
            {"status": "failed", "reason": "toestel onbereikbaar"} if failed else {"status": "delivered"}
        )
        book.write(
            SOURCES["sms"],
            "interaction.delivery_changed",
            at + timedelta(seconds=9),
            {"identifiers": known, "interaction_id": sms_id} | status,
            thread=order.id,
        )


def mailed(book: Book, person: Person, at: datetime, subject: str, text: str, auto: str) -> None:
    """An automatic mail: an out-of-office answer, a bounce, a newsletter."""
    inbound = auto in ("reply", "bounce")
    book.write(
        SOURCES["email"],
        "interaction.recorded",
        at,
        {
            "identifiers": person.on("email"),
            "interaction_id": book.number("mail"),
            "channel": "email",
            "direction": "inbound" if inbound else "outbound",
            "subject": subject,
            "text": text,
            "auto": auto,
        },
    )


def noted(book: Book, person: Person, at: datetime, channel: str, text: str) -> None:
    """A remark by a colleague or a courier."""
    book.write(
        SOURCES[channel],
        "interaction.recorded",
        at,
        {
            "identifiers": person.crm(),
            "interaction_id": book.number(channel),
            "channel": channel,
            "direction": "internal" if channel == "system" else "inbound",
            "text": text,
        },
    )
