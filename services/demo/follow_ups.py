"""Duties to act after a contact, in every state that they can be in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.demo.agreements import Agreement
from services.demo.book import Book, Data, at_clock, stamp
from services.demo.contact import Contact
from services.demo.people import Person
from services.demo.staff import of_team

DESK = "/desk"
_TEXTS = {
    "callback": "Klant terugbellen",
    "delivery": "Bezorging bevestigen",
    "investigation": "Navraag bij de vervoerder",
    "refund": "Terugbetaling controleren",
    "invoice": "Factuur opnieuw maken",
    "repair": "Monteur inplannen",
    "replacement": "Vervangend exemplaar sturen",
    "information": "Antwoord van de specialist doorgeven",
    "change": "Gegevens aanpassen",
}


@dataclass(slots=True)
class Duty:
    """A follow-up while it is being told."""

    book: Book
    person: Person
    id: str
    at: datetime
    team: str
    assignee: str

    def step(self, name: str, **data: object) -> bool:
        about: Data = {"identifiers": self.person.crm(), "follow_up_id": self.id}
        return self.book.write(DESK, f"follow_up.{name}", self.at, about | data, thread=self.id)

    def later(self, low: float, high: float) -> None:
        """Let some minutes pass."""
        self.at += self.book.minutes(low, high)


def follow_up(book: Book, contact: Contact, agreement: Agreement | None) -> None:
    """Open a duty after a contact, and let it go its way."""
    duty = Duty(
        book=book,
        person=contact.person,
        id=book.number("taak"),
        at=contact.ended_at + book.minutes(1, 6),
        team=contact.script.team,
        assignee=book.pick(of_team(contact.script.team)).id,
    )
    due_at = agreement.due_at if agreement else at_clock(duty.at + timedelta(days=2), 17)
    data: Data = {
        "kind": contact.script.kind,
        "text": _TEXTS[contact.script.kind],
        "due_at": stamp(due_at),
        "priority": book.pick((3, 5, 5, 5, 7)),
        "team": duty.team,
        "conversation_id": contact.conversation_id,
    }
    if agreement:
        data["agreement_id"] = agreement.id
    if contact.order:
        data["order_id"] = contact.order.id
    if duty.step("opened", **data):
        _go(duty, due_at, broken=agreement is not None and agreement.broken)


def _go(duty: Duty, due_at: datetime, *, broken: bool) -> None:
    book = duty.book
    duty.later(5, 300)
    if book.chance(0.75):
        duty.step("assigned", assignee=duty.assignee, team=duty.team, by=duty.assignee)
    duty.later(20, 400)
    for share, detour in _DETOURS:
        if book.chance(share):
            detour(duty, due_at)
            duty.later(30, 500)
    if book.now - due_at > timedelta(days=25) or book.chance(0.55):
        _finish(duty, due_at, broken=broken)


def _release(duty: Duty, due_at: datetime) -> None:
    duty.step("released", by=duty.assignee, reason="einde dienst")
    duty.later(200, 900)
    duty.assignee = duty.book.pick(of_team(duty.team)).id
    duty.step("assigned", assignee=duty.assignee, by="m-31")


def _snooze(duty: Duty, due_at: datetime) -> None:
    until = max(duty.at + timedelta(hours=4), due_at - timedelta(hours=6))
    duty.step("snoozed", until=stamp(until), reason="klant is morgen pas bereikbaar", by=duty.assignee)
    duty.at = until


def _reschedule(duty: Duty, due_at: datetime) -> None:
    duty.step(
        "rescheduled",
        due_at=stamp(due_at + timedelta(days=2)),
        reason="wacht op leverancier",
        by=duty.assignee,
    )


def _escalate(duty: Duty, due_at: datetime) -> None:
    duty.at = max(duty.at, due_at)
    duty.step("escalated", priority=1, team=duty.team, reason="termijn verstreken", by=duty.assignee)


_DETOURS: tuple[tuple[float, Callable[[Duty, datetime], None]], ...] = (
    (0.12, _release),
    (0.14, _snooze),
    (0.08, _reschedule),
    (0.1, _escalate),
)


def _finish(duty: Duty, due_at: datetime, *, broken: bool) -> None:
    """Done, not needed any more, or done and found undone."""
    book = duty.book
    if book.chance(0.1):
        duty.step("cancelled", outcome="not_needed", reason="klant heeft het zelf opgelost", by=duty.assignee)
        return
    done = due_at + book.minutes(100, 3000) if broken else max(duty.at, due_at - book.minutes(30, 2000))
    duty.at = done
    done_now = duty.step("completed", outcome="not_kept" if broken else "kept", by=duty.assignee)
    if done_now and book.chance(0.1):
        duty.later(400, 3000)
        duty.step(
            "reopened",
            reason="klant belde opnieuw",
            due_at=stamp(duty.at + timedelta(days=2)),
            by=duty.assignee,
        )
