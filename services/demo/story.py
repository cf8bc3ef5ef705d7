"""A year of the shop, told from beginning to end: who is there, what they order, how they get in touch."""

from datetime import datetime, timedelta
from random import Random

from services.demo import hero, identities, late_parcel
from services.demo.agreements import promise, stand
from services.demo.book import Book, Event
from services.demo.calls import call, ringing_now, visit_to_shop, withheld_call, write_in
from services.demo.contact import Contact, Occasion
from services.demo.conversations import talk
from services.demo.disorder import arrive
from services.demo.follow_ups import follow_up
from services.demo.orders import Order, buy
from services.demo.people import Person, described, identifier, invent
from services.demo.staff import AGENTS
from services.demo.texts import SCRIPTS, Script
from services.demo.voices import browse, consent, mailed, noted, rate, texted, wrap_up

DEFAULT_SEED = 8360
_ORDERS, _CONTACTS, _TODAY, _VISITS, _CONSENTS, _STANDING = 226, 350, 26, 130, 110, 45


def story(seed: int, now: datetime) -> list[Event]:
    """The events in order of arrival: the same for the same `seed` and `now`, which must carry its offset."""
    book = Book(rng=Random(seed), now=now.replace(microsecond=0))
    people = invent(book, (hero.PERSON, *identities.HOUSEHOLD))
    _introduce(book, people)
    bought = _trade(book, people[1:])
    _meet(book, people[1:], bought)
    _background(book, people[1:], bought)
    late_parcel.tell(book)
    identities.tell_household(book)
    identities.tell_visitor(book, people[101])
    identities.tell_doubts(book, people[120:127])
    _correct(book)
    return arrive(book)


def _introduce(book: Book, people: list[Person]) -> None:
    for person in people:
        book.write(
            "/crm", "customer.described", book.days_back(366 + 60 * book.rng.random()), described(person)
        )
    for person in book.rng.sample(people[3:], 28):
        facts = {"facts": {"klant_sinds": 2012 + int(book.rng.random() * 13), "voorkeurswinkel": person.city}}
        book.write("/crm", "customer.described", book.some_day(), {"identifiers": person.crm()} | facts)


def _trade(book: Book, people: list[Person]) -> list[Order]:
    """Orders all year, and enough of the last days to have some under way."""
    moments = [book.some_day(lean=1.3) for _ in range(_ORDERS)] + [
        book.days_back(6 * book.rng.random()) for _ in range(32)
    ]
    orders = [buy(book, book.pick(people), at) for at in moments]
    for order in orders:
        if order.person.phone and book.chance(0.55):
            texted(book, order)
    return orders


def _meet(book: Book, people: list[Person], orders: list[Order]) -> None:
    """Contacts: most about an order some days after it, the rest at any time, a good many today."""
    told: set[tuple[str, str]] = set()
    for place in range(_CONTACTS):
        about = _about(book, book.pick(orders), told) if place % 10 < 7 else None
        occasion = about or _out_of_the_blue(book, book.pick(people))
        if occasion.at < book.now:
            _after(book, _get_in_touch(book, occasion))
    for _ in range(_TODAY):
        occasion = _out_of_the_blue(book, book.pick(people), at=book.now - book.minutes(10, 900))
        _after(book, _get_in_touch(book, occasion))
    for at in [book.some_day() for _ in range(11)] + [book.now - timedelta(hours=2)]:
        withheld_call(book, at)
    ringing_now(book, people[40].on("phone"))


def _about(book: Book, order: Order, told: set[tuple[str, str]]) -> Occasion | None:
    """An occasion to talk about an order; none where nothing new is left to say about it."""
    fitting = [script for script in SCRIPTS if script.about_order and order.course in script.courses]
    fresh = [script for script in fitting if (order.id, script.subject) not in told]
    if not fresh:
        return None
    script = book.pick(fresh)
    told.add((order.id, script.subject))
    at = order.placed_at + book.minutes(1440 * script.days[0], 1440 * script.days[1])
    return _occasion(book, order.person, script, at, order)


def _occasion(book: Book, person: Person, script: Script, at: datetime, order: Order | None) -> Occasion:
    channel = _channel(book, person)
    hours = {"phone": (8, 21), "counter": (9, 18), "fax": (9, 17)}.get(channel, (7, 23))
    return Occasion(person=person, channel=channel, script=script, at=book.daytime(at, *hours), order=order)


def _out_of_the_blue(book: Book, person: Person, at: datetime | None = None) -> Occasion:
    script: Script = book.pick([script for script in SCRIPTS if not script.about_order])
    return _occasion(book, person, script, at or book.some_day(), None)


def _channel(book: Book, person: Person) -> str:
    if book.chance(0.05):
        return "fax" if person.company or book.chance(0.3) else "letter"
    return book.pick(person.channels())


def _get_in_touch(book: Book, occasion: Occasion) -> Contact:
    match occasion.channel:
        case "phone":
            return call(book, occasion)
        case "counter":
            return visit_to_shop(book, occasion)
        case "letter" | "fax":
            return write_in(book, occasion)
    return talk(book, occasion)


def _after(book: Book, contact: Contact) -> None:
    """Wrap-up, a promise, a duty, a score: each of them sometimes."""
    if contact.outcome in ("missed", "abandoned"):
        return
    if book.chance(0.3):
        wrap_up(book, contact)
    agreement = promise(book, contact) if contact.script.promise and book.chance(0.36) else None
    if book.chance(0.7 if agreement else 0.16):
        follow_up(book, contact, agreement)
    if contact.closed and book.chance(0.3):
        rate(book, contact, agreement)


def _background(book: Book, people: list[Person], orders: list[Order]) -> None:
    """What goes on beside the contacts: self-service, consents, standing agreements, remarks."""
    for _ in range(_VISITS):
        browse(book, book.pick(people).shop()[:1], book.some_day())
    for place in range(12):
        browse(book, [identifier("anonymous", f"web/bezoeker-{place:04}")], book.some_day())
    for _ in range(_CONSENTS):
        consent(book, book.pick(people))
    for person in book.rng.sample(people, _STANDING):
        stand(book, person, book.some_day(), book.pick(AGENTS).id)
    for person in book.rng.sample(people, 18):
        mailed(
            book,
            person,
            book.some_day(),
            "Automatisch antwoord: afwezig",
            "Ik ben tot en met maandag afwezig.",
            "reply",
        )
    for person in book.rng.sample(people, 30):
        mailed(
            book,
            person,
            book.some_day(),
            "Nieuw in huis deze maand",
            "Tien ideeën voor een warme woonkamer.",
            "list",
        )
    for person in book.rng.sample(people, 14):
        noted(book, person, book.some_day(), "system", "Kredietcontrole automatisch afgerond.")
    for order in book.rng.sample(orders, 16):
        at = order.placed_at + timedelta(hours=47) + book.minutes(0, 90)
        noted(
            book,
            order.person,
            at,
            "other",
            "Aan de deur tegen de bezorger: volgende keer graag in de schuur zetten.",
        )


def _correct(book: Book) -> None:
    """Typing errors that a source put right afterwards, each by an event of its own."""
    placed = [
        event
        for event in book.events
        if event["type"] == "klantbeeld.agreement.made" and "due_at" in event["data"]
    ]
    for event in book.rng.sample(placed, 4):
        at = datetime.fromisoformat(event["time"]) + book.minutes(10, 240)
        data = event["data"] | {"text": f"{event['data']['text']} (tekst hersteld)"}
        book.write(
            "/desk",
            "event.corrected",
            at,
            {"event": {"source": event["source"], "id": event["id"]}, "data": data},
        )
