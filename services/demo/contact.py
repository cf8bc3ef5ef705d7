"""What one contact leaves behind for whoever tells on: who, where, when, about what, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.demo.book import Book, Data
from services.demo.orders import Order
from services.demo.people import Person
from services.demo.staff import Agent, of_team
from services.demo.texts import Script

SOURCES: Mapping[str, str] = {
    "phone": "/pbx/main",
    "ivr": "/pbx/main",
    "email": "/mail/support",
    "letter": "/post/scan",
    "fax": "/post/fax",
    "chat": "/chat/site",
    "whatsapp": "/whatsapp/business",
    "messenger": "/meta/messenger",
    "instagram": "/meta/instagram",
    "sms": "/sms/gateway",
    "telegram": "/telegram/bot",
    "social": "/social/mastodon",
    "web": "/web/forms",
    "app": "/app/shop",
    "counter": "/counter/utrecht",
    "survey": "/survey",
    "system": "/desk",
    "other": "/doorstep",
}
SYSTEMS: Mapping[str, str] = {
    "phone": "call",
    "ivr": "call",
    "email": "mail",
    "letter": "post",
    "fax": "fax",
    "social": "mastodon",
    "web": "form",
    "system": "desk",
    "other": "doorstep",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A whole conversation, call, letter or visit. `closed` is false while it still runs."""

    person: Person
    identifiers: list[Data]
    channel: str
    script: Script
    agent: Agent
    conversation_id: str
    interaction_id: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    closed: bool
    order: Order | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why somebody gets in touch: the person, the script, the order it is about, the moment."""

    person: Person
    channel: str
    script: Script
    at: datetime
    order: Order | None

    def fill(self, text: str, product: str) -> str:
        """A line of the script with this occasion's own facts in it."""
        order = self.order
        return text.format(
            name=self.person.name,
            given=self.person.given,
            order=order.number if order else "",
            product=order.product if order else product,
            amount=f"€ {order.amount.replace('.', ',')}" if order else "",
            address=self.person.address,
        )


def system_of(channel: str) -> str:
    return SYSTEMS.get(channel, channel)


def somebody(book: Book, script: Script) -> Agent:
    """An agent for this script: most often of its team, otherwise from the front line."""
    return book.pick(of_team(script.team if book.chance(0.6) else "klantenservice"))
