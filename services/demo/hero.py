"""The one customer to follow by hand: who she is and what to look for. Her story is in `late_parcel.py`."""

from dataclasses import dataclass

from services.demo import orders
from services.demo.people import FIRST_PHONE, Person

ORDER_ID, CHAT_ID, CALL_ID, AGREEMENT_ID, DUTY_ID = (
    "web:40001",
    "chat:40001",
    "call:40001",
    "desk:40001",
    "taak:40001",
)
TRACKING = orders.tracking_of(ORDER_ID)
PERSON = Person(
    number="K-31000",
    given="Fleur",
    prefix="",
    family="Hoekstra",
    email="fleur.hoekstra@example.nl",
    account="u-60000",
    street="Havenkade",
    house=27,
    postal_code="8911 SA",
    city="Leeuwarden",
    birth_date="1988-06-17",
    phone=f"+{FIRST_PHONE}",
    loyalty_card="9301-50000",
    device="app-7c41d09be2f3",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hero:
    """How to find the customer to follow, and what there is to find."""

    name: str
    email: str
    phone: str
    customer_number: str
    order_id: str
    order_number: str
    agreement_id: str


HERO = Hero(
    name=PERSON.name,
    email=PERSON.email,
    phone=PERSON.phone,
    customer_number=PERSON.number,
    order_id=ORDER_ID,
    order_number=ORDER_ID,
    agreement_id=AGREEMENT_ID,
)
