"""The story to follow by hand: a late parcel through chat, call, agreement and breach."""

from datetime import datetime, timedelta

from services.demo import orders
from services.demo.agreements import spoken_day
from services.demo.book import Book, at_clock, end_of_day, stamp
from services.demo.hero import CALL_ID, ORDER_ID, PERSON, TRACKING
from services.demo.hero_contacts import act, call, chat, message
from services.demo.people import identifier


def tell(book: Book) -> None:
    """Everything that happened to this customer, up to an hour before now."""
    promised = _order(book)
    chat(book, _back(book, 4, 11, 20))
    call(book, _back(book, 3, 14, 5))
    _breach(book, promised)


def _back(book: Book, days: int, hour: int, minute: int = 0) -> datetime:
    return at_clock(book.now - timedelta(days=days), hour, minute)


def _order(book: Book) -> datetime:
    placed = _back(book, 7, 19, 42)
    promised = end_of_day(placed + timedelta(days=2))
    number = identifier("order_number", ORDER_ID)
    book.write(
        "/shop/web",
        "order.placed",
        placed,
        {
            "identifiers": [*PERSON.shop(), identifier("phone", PERSON.spoken_phone()), number],
            "order_id": ORDER_ID,
            "channel": "app",
            "lines": [
                {"sku": "LMP-11", "name": "Staande lamp Vuurtoren", "quantity": 1, "amount": "129.00"},
                {"sku": "KLD-21", "name": "Wollen vloerkleed Duin", "quantity": 1, "amount": "279.00"},
            ],
            "total": {"amount": "408.00", "currency": "EUR"},
            "promised_delivery": {"earliest": stamp(placed + timedelta(days=1)), "latest": stamp(promised)},
        },
        thread=ORDER_ID,
    )
    orders.move(book, ORDER_ID, "confirmed", placed + timedelta(minutes=2))
    orders.move(book, ORDER_ID, "paid", placed + timedelta(minutes=3))
    orders.move(book, ORDER_ID, "packed", _back(book, 6, 10, 15))
    orders.move(book, ORDER_ID, "shipped", _back(book, 6, 16, 40), tracking=TRACKING, eta=promised)
    carrier = {"source": orders.CARRIER, "tracking": TRACKING}
    orders.move(
        book,
        ORDER_ID,
        "shipped",
        _back(book, 5, 21, 10),
        eta=_back(book, 3, 18),
        reason="achtergebleven in het sorteercentrum",
        **carrier,
    )
    orders.move(
        book,
        ORDER_ID,
        "shipped",
        _back(book, 2, 8, 30),
        eta=at_clock(book.now + timedelta(days=1), 18),
        reason="verkeerd gesorteerd",
        **carrier,
    )
    return promised


def _breach(book: Book, promised: datetime) -> None:
    """Nobody calls; the customer writes, scores low, and the duty is moved up."""
    act(
        book,
        "escalated",
        _back(book, 2, 18, 5),
        priority=1,
        team="bezorging",
        reason="niet teruggebeld voor 17.00 uur",
    )
    message(
        book,
        min(_back(book, 1, 8, 55), book.now),
        1,
        "email",
        (
            "Beste klantenservice,\n\nEr is beloofd te bellen, niets gehoord. De lamp zou er al zijn. "
            f"Hoe nu verder?\n\nMet vriendelijke groet,\n{PERSON.name}"
        ),
        subject=f"Klacht over bestelling {ORDER_ID.split(':')[1]}",
    )
    book.write(
        "/survey",
        "feedback.given",
        _back(book, 1, 9, 10),
        {
            "identifiers": PERSON.on("survey"),
            "metric": "csat",
            "score": 1,
            "scale_max": 5,
            "channel": "phone",
            "conversation_id": CALL_ID,
            "comment": f"Pakket beloofd voor {spoken_day(promised)}, er is niet eens teruggebeld.",
        },
    )
    orders.move(
        book,
        ORDER_ID,
        "out_for_delivery",
        book.now - timedelta(minutes=50),
        source=orders.CARRIER,
        tracking=TRACKING,
        eta=book.now + timedelta(hours=4),
    )
