"""The customers of the demo, and how each is known on each channel. What they do is told elsewhere.

Telephone numbers come only from +31 6 1234 5620 to 5699, so most customers are reached in another way.
"""

import unicodedata
from dataclasses import dataclass, replace

from services.demo.book import Book, Data
from services.demo.names import COMPANIES, FAMILY, GIVEN, MAIL_HOSTS, POSTAL_LETTERS, STREETS, TOWNS

CUSTOMERS = 200
FIRST_PHONE = 31612345620
PHONES = 80
WITHHELD = "anonymous"
_SCOPES = {"messenger": "pagina-wonen", "instagram": "wonen.thuis", "telegram": "wonenbot"}


def identifier(kind: str, value: str, strength: str | None = None) -> Data:
    return {"type": kind, "value": value} | ({"strength": strength} if strength else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented customer; an empty string is a channel that this person does not use."""

    number: str
    given: str
    prefix: str
    family: str
    email: str
    account: str
    street: str
    house: int
    postal_code: str
    city: str
    birth_date: str
    phone: str = ""
    messaging: str = ""
    """The one messaging service of a person without a telephone number: messenger, instagram or telegram."""
    handle: str = ""
    loyalty_card: str = ""
    device: str = ""
    company: str = ""
    language: str = "nl"

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.given, self.prefix, self.family) if part)

    @property
    def address(self) -> str:
        return f"{self.street} {self.house}, {self.postal_code} {self.city}"

    def crm(self) -> list[Data]:
        return [identifier("customer_number", self.number, "verified")]

    def shop(self) -> list[Data]:
        """What a login on the shop attests."""
        return [
            identifier("account:webwinkel", self.account, "verified"),
            identifier("email", self.email, "verified"),
        ]

    def spoken_phone(self) -> str:
        """The number as people write it down."""
        return f"06-{self.phone[4:]}" if self.phone else ""

    def all_known(self) -> list[Data]:
        """Every identifier that the customer administration has checked."""
        checked = [
            ("customer_number", self.number),
            ("email", self.email),
            ("account:webwinkel", self.account),
            ("phone", self.spoken_phone()),
            ("whatsapp", self.phone),
            (self.messaging, self.messaging_id),
            ("social:mastodon", self.handle),
            ("loyalty_card", self.loyalty_card),
        ]
        return [identifier(kind, value, "verified") for kind, value in checked if value]

    @property
    def messaging_id(self) -> str:
        return f"{_SCOPES[self.messaging]}/7{self.account[2:]}" if self.messaging else ""

    def channels(self) -> tuple[str, ...]:
        """The two-way channels on which this person can be met."""
        known = ["email", "chat", "web", "counter"]
        known += ["phone"] * 4 + ["whatsapp"] * 2 if self.phone else []
        known += [self.messaging] if self.messaging else []
        known += ["social"] if self.handle else []
        known += ["app"] if self.device else []
        return tuple(known)

    def on(self, channel: str) -> list[Data]:
        """The identifiers that a contact on `channel` brings along."""
        match channel:
            case "phone" | "ivr" | "sms" if self.phone:
                return [identifier("phone", self.phone, "verified")]
            case "whatsapp" if self.phone:
                return [identifier("whatsapp", self.phone, "verified")]
            case "messenger" | "instagram" | "telegram" if self.messaging == channel:
                return [identifier(channel, self.messaging_id, "verified")]
            case "social" if self.handle:
                return [
                    identifier("social:mastodon", self.handle, "verified"),
                    identifier("email", self.email, "weak"),
                ]
            case "app" if self.device:
                return [
                    identifier("account:webwinkel", self.account, "verified"),
                    identifier("device", self.device),
                ]
            case "counter" if self.loyalty_card:
                return [
                    identifier("loyalty_card", self.loyalty_card),
                    identifier("customer_number", self.number),
                ]
            case "email" | "chat" | "web" | "survey":
                return [identifier("email", self.email, "verified" if channel == "email" else None)]
            case "letter":
                return [
                    identifier("customer_number", self.number),
                    identifier("postal_address", self.address, "weak"),
                ]
        return [identifier("customer_number", self.number)]


def described(person: Person) -> Data:
    """What the customer administration knows of a person, as `customer.described` has it."""
    name = {"given": person.given, "prefix": person.prefix, "family": person.family}
    data: Data = {
        "identifiers": person.all_known(),
        "name": {part: word for part, word in name.items() if word},
        "birth_date": person.birth_date,
        "language": person.language,
        "time_zone": "Europe/Amsterdam",
        "addresses": [
            {
                "kind": "home",
                "street": person.street,
                "number": str(person.house),
                "postal_code": person.postal_code,
                "city": person.city,
                "country": "NL",
            }
        ],
    }
    return data | ({"company": person.company} if person.company else {})


def invent(book: Book, reserved: tuple[Person, ...]) -> list[Person]:
    """All customers: the reserved ones first, then as many as are wanted; no e-mail address twice."""
    people = list(reserved)
    taken = {person.email for person in reserved} | {"anna.devries@example.nl"}
    while len(people) < CUSTOMERS:
        person = _person(book, len(people))
        if person.email not in taken:
            taken.add(person.email)
            people.append(person)
    return people


def _person(book: Book, place: int) -> Person:
    given, (prefix, family) = book.pick(GIVEN), book.pick(FAMILY)
    code, city = book.pick(TOWNS)
    local = _plain(f"{given}.{prefix}{family}")
    host = book.pick(MAIL_HOSTS)
    person = Person(
        number=f"K-{31000 + 7 * place}",
        given=given,
        prefix=prefix,
        family=family,
        email=f"{local}@{host}",
        account=f"u-{60000 + 13 * place}",
        street=book.pick(STREETS),
        house=1 + int(book.rng.random() * 180),
        postal_code=f"{code} {book.pick(POSTAL_LETTERS)}",
        city=city,
        birth_date=f"{1941 + int(book.rng.random() * 64)}-{1 + int(book.rng.random() * 12):02}-"
        f"{1 + int(book.rng.random() * 28):02}",
    )
    return _with_channels(book, person, place, local)


def _with_channels(book: Book, person: Person, place: int, local: str) -> Person:
    """The first seventy-odd people have a telephone, the others use a messaging service."""
    services = ("messenger", "instagram", "telegram")
    return replace(
        person,
        phone=f"+{FIRST_PHONE + place - 1}" if 3 <= place <= PHONES else "",
        messaging=services[place % 3] if place > PHONES else "",
        handle=f"{local}@social.example.nl" if book.chance(0.12) else "",
        loyalty_card=f"9301-{50000 + 11 * place}" if book.chance(0.45) else "",
        device=f"app-{book.rng.getrandbits(48):012x}" if book.chance(0.35) else "",
        company=COMPANIES[place // 17] if place % 17 == 0 else "",
    )


def _plain(words: str) -> str:
    """Lower case letters and dots, as in an address."""
    bare = unicodedata.normalize("NFD", words.replace(" ", "").replace("'", "").lower())
    return "".join(letter for letter in bare if letter.isascii())
