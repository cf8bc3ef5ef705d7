"""Who is who: a household on one telephone, a nameless visitor who is known after all, doubts settled."""

from datetime import timedelta

from services.demo.book import Book, Data, stamp
from services.demo.people import FIRST_PHONE, Person, identifier
from services.demo.staff import named

HOUSEHOLD_PHONE = f"+{FIRST_PHONE + 1}"
HOUSEHOLD = (
    Person(
        number="K-31007",
        given="Marlies",
        prefix="van",
        family="Overbeek",
        email="marlies.overbeek@example.nl",
        account="u-60013",
        street="Merelstraat",
        house=18,
        postal_code="7411 SD",
        city="Deventer",
        birth_date="1978-03-09",
        phone=HOUSEHOLD_PHONE,
        loyalty_card="9301-50011",
    ),
    Person(
        number="K-31014",
        given="Koos",
        prefix="van",
        family="Overbeek",
        email="koos.overbeek@example.nl",
        account="u-60026",
        street="Merelstraat",
        house=18,
        postal_code="7411 SD",
        city="Deventer",
        birth_date="1975-11-23",
        phone=HOUSEHOLD_PHONE,
    ),
)


def tell_household(book: Book) -> None:
    """Calls from the shared telephone: whose they are is only sometimes found out."""
    marlies, koos = HOUSEHOLD
    judge(book, "unlinked", marlies.crm()[0], koos.crm()[0], 118, "Twee personen op één telefoonnummer.")
    known = [identifier("phone", HOUSEHOLD_PHONE, "verified")]
    for days, text, owner in (
        (96, "Vraag over de levertijd van de tuinset.", koos),
        (61, "Wil een stoel ruilen, kassabon kwijt.", marlies),
        (17, "Vraag over openstaande factuur.", None),
        (2, "Belde over de bezorging.", None),
    ):
        at, call_id = book.days_back(days, (9, 17)), book.number("call")
        agent = named("Samira")
        book.write(
            "/pbx/main",
            "interaction.recorded",
            at,
            {
                "identifiers": known,
                "interaction_id": call_id,
                "channel": "phone",
                "direction": "inbound",
                "conversation_id": call_id,
                "queue": agent.team,
                "agent": agent.as_data(),
                "text": text,
                "answered_at": stamp(at + timedelta(seconds=25)),
                "ended_at": stamp(at + timedelta(minutes=4)),
                "outcome": "resolved",
            },
            thread=call_id,
        )
        if owner:
            book.write(
                "/desk",
                "interaction.attributed",
                at + timedelta(minutes=6),
                {
                    "identifiers": known,
                    "interaction_id": call_id,
                    "by": agent.id,
                    "reason": "naam genoemd in het gesprek",
                    "to": {"type": "customer_number", "value": owner.number},
                },
                thread=call_id,
            )


def tell_visitor(book: Book, person: Person) -> None:
    """An anonymous visitor looks around for days, then gives a known address in the chat."""
    visitor = identifier("anonymous", "web/bezoeker-7f3a91")
    for days, page, helped in (
        (12, "bezorgkosten", None),
        (11, "garantie-en-reparatie", False),
        (9, "contact", None),
    ):
        data: Data = {"identifiers": [visitor], "page": f"/klantenservice/{page}", "article": page}
        book.write(
            "/web/site",
            "visit.recorded",
            book.days_back(days),
            data | ({} if helped is None else {"helped": helped}),
        )
    at, chat_id = book.days_back(9, (20, 21)), book.number("chat")
    lines = (
        ("inbound", "Hoi, geldt de garantie ook als ik de bon kwijt ben?"),
        ("outbound", "Ja hoor, met uw e-mailadres vind ik de aankoop terug."),
        ("inbound", f"Dat is {person.email}"),
        ("outbound", "Gevonden! De garantie loopt nog veertien maanden."),
    )
    for place, (direction, text) in enumerate(lines, start=1):
        at += timedelta(seconds=50)
        known = [visitor] if place < 3 else [visitor, identifier("email", person.email)]
        data = {
            "identifiers": known,
            "interaction_id": f"{chat_id}.{place}",
            "channel": "chat",
            "direction": direction,
            "conversation_id": chat_id,
            "text": text,
            "topic": "product",
        }
        agent: Data = {"agent": named("Tijn").as_data()} if direction == "outbound" else {}
        book.write("/chat/site", "interaction.recorded", at, data | agent, thread=chat_id)


def judge(
    book: Book,
    how: str,
    one: Data,
    other: Data,
    days: float,
    reason: str,
    id: str | None = None,
    **more: object,
) -> None:
    """A person's word on two identifiers; `how` is linked, unlinked or decision_withdrawn."""
    pair = [{"type": side["type"], "value": side["value"]} for side in (one, other)]
    data: Data = {"pair": pair, "reason": reason, "by": named("Marieke").id, **more}
    book.write("/desk", f"identity.{how}", book.days_back(days, (9, 17)), data, event_id=id)


def tell_doubts(book: Book, people: list[Person]) -> None:
    """Second addresses that agents joined to their owner, one of them taken apart again, one a mistake."""
    for place, person in enumerate(people):
        second = identifier("email", f"{person.given.lower()}.{person.account}@oud.example.nl")
        days = 300 - 35 * place
        book.write(
            "/mail/support",
            "interaction.recorded",
            book.days_back(days + 1),
            {
                "identifiers": [second],
                "interaction_id": book.number("mail"),
                "channel": "email",
                "direction": "inbound",
                "subject": "Nieuw adres",
                "text": "Ik mail voortaan vanaf mijn andere adres.",
                "expects_reply": False,
            },
        )
        word = f"identity-linked-doubt-{place}"
        judge(book, "linked", person.crm()[0], second, days, "Klant noemde klantnummer en oud adres.", word)
        if place == 2:
            judge(
                book, "unlinked", person.crm()[0], second, days - 20, "Bleek het adres van een zus te zijn."
            )
        if place == 4:
            named_words = [{"source": "/desk", "id": word}]
            judge(
                book, "decision_withdrawn", person.crm()[0], second, days - 3, "Verkeerde klant gekozen.",
                withdraws=named_words,
            )  # fmt: skip
