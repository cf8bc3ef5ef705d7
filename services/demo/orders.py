"""Orders and their parcels: placed, sent, late, failed, returned. What is said about them is not here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.demo.book import Book, Data, end_of_day, stamp
from services.demo.people import Person, identifier

SHOP, TILL, CARRIER = "/shop/web", "/shop/winkel", "/carrier"
CATALOGUE = (
    ("LMP-11", "Staande lamp Vuurtoren", 12900),
    ("STL-04", "Eetkamerstoel Jut, eiken", 14950),
    ("TFL-02", "Uitschuiftafel Wad", 64900),
    ("KLD-21", "Wollen vloerkleed Duin", 27900),
    ("BNK-08", "Tweezitsbank Kade", 89900),
    ("KST-15", "Boekenkast Trede", 24900),
    ("KFZ-31", "Koffiezetapparaat Moka", 11900),
    ("STF-07", "Steelstofzuiger Zephyr", 22950),
    ("DEK-12", "Dekbed vier seizoenen", 9995),
    ("PAN-05", "Pannenset vijfdelig", 13900),
    ("SPG-09", "Ronde spiegel 80 cm", 7950),
    ("PLT-17", "Plantenbak Terras", 4495),
    ("BED-03", "Bedbodem Veer 160x200", 39900),
    ("GRD-22", "Verduisterende gordijnen, per paar", 8990),
    ("TST-06", "Broodrooster Krokant", 4995),
    ("TUI-10", "Tuinset Merel, vierdelig", 54900),
)
_HAPPY: tuple[tuple[str, float], ...] = (("confirmed", 0.1), ("paid", 0.3), ("packed", 14), ("shipped", 22))
_DELIVERED: tuple[tuple[str, float], ...] = (("out_for_delivery", 42), ("delivered", 47))
COURSES: tuple[tuple[float, str, tuple[tuple[str, float], ...]], ...] = (
    (0.60, "well", _DELIVERED),
    (0.12, "late", (("shipped", 60), ("out_for_delivery", 114), ("delivered", 119))),
    (
        0.06,
        "failed",
        (("out_for_delivery", 42), ("delivery_failed", 46), ("ready_for_pickup", 50), ("delivered", 78)),
    ),
    (0.04, "in parts", (("partially_shipped", 24), ("shipped", 30), *_DELIVERED)),
    (0.11, "returned", (*_DELIVERED, ("returned", 240), ("refunded", 330))),
    (0.03, "on hold", (("on_hold", 3), ("packed", 20), ("shipped", 26), *_DELIVERED)),
    (0.04, "cancelled", (("cancelled", 25),)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as its teller needs it later on."""

    id: str
    person: Person
    placed_at: datetime
    product: str
    amount: str
    course: str

    @property
    def number(self) -> str:
        return self.id.split(":")[1]


def buy(book: Book, person: Person, at: datetime) -> Order:
    """Let a person order something, and let the order take its course up to now."""
    till = book.chance(0.1)
    order_id = book.number("winkel" if till else "web")
    lines = _lines(book)
    cents = sum(int(line["amount"].replace(".", "")) for line in lines)
    order = Order(
        id=order_id,
        person=person,
        placed_at=at,
        product=lines[0]["name"],
        amount=euros(cents),
        course="well" if till else _course(book),
    )
    source = TILL if till else SHOP
    known = person.on("counter") if till else person.shop()
    data: Data = {
        "identifiers": [*known, identifier("order_number", order_id)],
        "order_id": order_id,
        "channel": "counter" if till else "app" if person.device and book.chance(0.5) else "web",
        "lines": lines,
        "total": {"amount": euros(cents), "currency": "EUR"},
        "promised_delivery": {"earliest": stamp(at + timedelta(hours=36)), "latest": stamp(promise_for(at))},
    }
    if book.chance(0.05):
        data["related"] = [
            {"role": "recipient", "identifiers": [identifier("email", f"cadeau.{order.number}@example.nl")]}
        ]
    book.write(source, "order.placed", at, data, thread=order_id)
    _follow(book, order, source)
    return order


def promise_for(placed_at: datetime) -> datetime:
    """Deliveries are promised for the end of the second day after ordering."""
    return end_of_day(placed_at + timedelta(days=2))


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def move(
    book: Book,
    order_id: str,
    status: str,
    at: datetime,
    *,
    source: str = SHOP,
    tracking: str = "",
    eta: datetime | None = None,
    reason: str = "",
) -> bool:
    """One step of an order. The carrier names the parcel; the step that ships it names both."""
    parcel = source == CARRIER and bool(tracking)
    shown = [identifier("tracking", tracking)] if parcel else [identifier("order_number", order_id)]
    data: Data = {"identifiers": shown, "status": status}
    data |= {"tracking": tracking} if parcel else {"order_id": order_id}
    if parcel:
        data["carrier"] = "pakketbus"
    elif tracking:
        data["tracking"] = tracking
        data["identifiers"] = [*shown, identifier("tracking", tracking)]
    if eta is not None:
        data["eta"] = stamp(eta)
    if reason:
        data["reason"] = reason
    name = "order.shipment_updated" if parcel else "order.status_changed"
    return book.write(source, name, at, data, thread=order_id)


def tracking_of(order_id: str) -> str:
    """The parcel's own number at the carrier, scoped by it."""
    return f"pakketbus/3SDEMO{int(order_id.split(':')[1]) * 7919 % 1_000_000:06}"


def _lines(book: Book) -> list[Data]:
    lines = []
    for sku, name, cents in book.rng.sample(CATALOGUE, 1 if book.chance(0.7) else 2):
        quantity = 4 if sku == "STL-04" else 1
        lines.append({"sku": sku, "name": name, "quantity": quantity, "amount": euros(cents * quantity)})
    return lines


def _course(book: Book) -> str:
    names = [name for _, name, _ in COURSES]
    return book.rng.choices(names, weights=[weight for weight, _, _ in COURSES])[0]


def _steps(order: Order, till: bool) -> tuple[tuple[str, float], ...]:
    if till:
        return (("paid", 0.05), ("ready_for_pickup", 26), ("delivered", 40))
    course = next(steps for _, name, steps in COURSES if name == order.course)
    usual = {"cancelled": 2, "on hold": 2, "in parts": 3}.get(order.course, len(_HAPPY))
    return (*_HAPPY[:usual], *course)


_BY_CARRIER = {"out_for_delivery", "delivery_failed", "delivered"}
_REASONS = {
    "delivery_failed": "niemand thuis",
    "on_hold": "betaling niet rond",
    "cancelled": "op verzoek van de klant",
    "returned": "binnen bedenktijd teruggestuurd",
}


def _follow(book: Book, order: Order, source: str) -> None:
    """Write the steps of an order until the first that still has to come."""
    till = source == TILL
    tracking = "" if till else tracking_of(order.id)
    for status, hours in _steps(order, till):
        at = order.placed_at + timedelta(hours=hours) + book.minutes(0, 100 if hours > 1 else 4)
        by_carrier = (not till and status in _BY_CARRIER) or (status, hours) == ("shipped", 60)
        happened = move(
            book,
            order.id,
            status,
            at,
            source=CARRIER if by_carrier else source,
            tracking=tracking if by_carrier or status in ("shipped", "partially_shipped") else "",
            eta=at + timedelta(hours=4) if status == "out_for_delivery" else None,
            reason=_REASONS.get(status, ""),
        )
        if not happened:
            return
