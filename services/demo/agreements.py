"""Promises: made in a contact and kept, broken, moved or taken back; and standing ones.

Duties are in `follow_ups.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.demo.book import ZONE, Book, Data, at_clock, end_of_day, stamp
from services.demo.contact import Contact
from services.demo.people import Person
from services.demo.texts import RESCHEDULED, STANDING, WITHDRAWN

DESK = "/desk"
_FATES = (
    ("kept", 58),
    ("broken", 16),
    ("kept late", 7),
    ("moved", 9),
    ("moved and broken", 3),
    ("withdrawn", 7),
)
_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A promise with a due time, and what becomes of it."""

    id: str
    due_at: datetime
    fate: str

    @property
    def broken(self) -> bool:
        """Whether its time passes without the promised thing."""
        return self.fate in ("broken", "kept late", "moved and broken")


def spoken_day(at: datetime) -> str:
    """A date as an agent says it: `vrijdag 27 november`."""
    local = at.astimezone(ZONE)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def spoken(due_at: datetime) -> str:
    """A due time as an agent says it: `vrijdag 27 november 17.00 uur`."""
    local = due_at.astimezone(ZONE)
    return f"{spoken_day(due_at)} {local.hour}.{local.minute:02} uur"


def promise(book: Book, contact: Contact) -> Agreement | None:
    """Promise what the contact's script offers, and let it come out."""
    due_at = at_clock(contact.ended_at + timedelta(days=1 + int(book.rng.random() * 6)), 17)
    fate = book.rng.choices([name for name, _ in _FATES], weights=[share for _, share in _FATES])[0]
    agreement = Agreement(id=book.number("desk"), due_at=due_at, fate=fate)
    bot = contact.channel == "chat" and book.chance(0.1)
    made = make(
        book,
        contact.person,
        agreement.id,
        contact.ended_at,
        kind=contact.script.kind,
        text=contact.script.promise.format(
            due=spoken(due_at), product=contact.order.product if contact.order else "dit"
        ),
        due_at=due_at,
        agent_id="webbot" if bot else contact.agent.id,
        channel=contact.channel,
        interaction_id=contact.interaction_id,
        order_id=contact.order.id if contact.order else "",
        made_by="bot" if bot else "agent",
        whole_day=book.chance(0.2),
    )
    if not made:
        return None
    _come_out(book, contact, agreement)
    return agreement


def make(
    book: Book,
    person: Person,
    agreement_id: str,
    at: datetime,
    *,
    kind: str,
    text: str,
    agent_id: str,
    due_at: datetime | None = None,
    valid_until: datetime | None = None,
    channel: str = "",
    interaction_id: str = "",
    order_id: str = "",
    made_by: str = "agent",
    whole_day: bool = False,
) -> bool:
    """Write one promise down; `whole_day` gives the due time as a bare date."""
    data: Data = {
        "identifiers": person.crm(),
        "agreement_id": agreement_id,
        "kind": kind,
        "text": text,
        "made_by": {"kind": made_by, "id": agent_id},
    }
    if due_at is not None:
        local = due_at.astimezone(ZONE)
        data["due_at"] = local.date().isoformat() if whole_day else local.isoformat(timespec="seconds")
    if valid_until is not None:
        data["valid_until"] = stamp(valid_until)
    data |= {
        name: value
        for name, value in (("channel", channel), ("interaction_id", interaction_id), ("order_id", order_id))
        if value
    }
    return book.write(DESK, "agreement.made", at, data, sequence=2, thread=agreement_id)


def stand(book: Book, person: Person, at: datetime, agent_id: str) -> None:
    """Agree on something without an end, some of it for a year only."""
    kind, text = book.pick(STANDING)
    until = at + timedelta(days=330 + int(book.rng.random() * 300)) if book.chance(0.3) else None
    agreement_id = book.number("desk")
    made = make(
        book,
        person,
        agreement_id,
        at,
        kind=kind,
        text=text.format(neighbour=person.house + 2),
        valid_until=until,
        channel="phone" if person.phone else "email",
        agent_id=agent_id,
    )
    if made and book.chance(0.1):
        end(
            book,
            person,
            agreement_id,
            at + book.minutes(8_000, 90_000),
            "withdrawn",
            agent_id,
            reason=book.pick(WITHDRAWN),
        )


def end(
    book: Book, person: Person, agreement_id: str, at: datetime, how: str, by: str, **data: object
) -> bool:
    """`how` is kept, withdrawn or rescheduled."""
    about: Data = {"identifiers": person.crm(), "agreement_id": agreement_id, "by": by}
    return book.write(DESK, f"agreement.{how}", at, about | data, thread=agreement_id)


def _come_out(book: Book, contact: Contact, agreement: Agreement) -> None:
    """What became of a promise by its fate; a broken one is simply never heard of again."""
    begun, due_at = contact.ended_at, agreement.due_at
    span = due_at - begun
    evidence: Data = {"evidence": {"conversation_id": contact.conversation_id}}
    late = end_of_day(due_at) + book.minutes(500, 4000)
    moved_to = due_at + timedelta(days=3)
    in_time = begun + span * (0.3 + 0.6 * book.rng.random())
    moved: Data = {"due_at": stamp(moved_to), "reason": book.pick(RESCHEDULED)}
    courses: dict[str, tuple[tuple[datetime, str, Data], ...]] = {
        "kept": ((in_time, "kept", evidence),),
        "kept late": ((late, "kept", evidence | {"reason": "later dan beloofd"}),),
        "withdrawn": ((begun + span * 0.5, "withdrawn", {"reason": book.pick(WITHDRAWN)}),),
        "moved": (
            (begun + span * 0.7, "rescheduled", moved),
            (moved_to - book.minutes(60, 1500), "kept", evidence),
        ),
        "moved and broken": ((begun + span * 0.7, "rescheduled", moved),),
        "broken": (),
    }
    for at, how, data in courses[agreement.fate]:
        end(book, contact.person, agreement.id, at, how, contact.agent.id, **data)
