"""Made-up traffic for the benchmark: many customers, many channels, in the order in which things happen."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = (
    "bezorging", "factuur", "retour", "garantie", "kleur", "maat", "levering",
    "afspraak", "monteur", "kassa", "bon", "korting", "adres", "wijziging",
)  # fmt: skip
STATUSES = ("confirmed", "packed", "shipped", "out_for_delivery", "delivered")
OPEN = 3
"""Orders and promises a customer has open at a time, about."""
CHANNELS = ("phone", "email", "chat", "whatsapp", "web", "counter")


class Workload:
    """Events of `customers` invented people. The same seed gives the same bytes."""

    def __init__(self, customers: int, seed: int = 7, name: str = "b") -> None:
        self._random, self._customers, self._name = random.Random(seed), customers, name
        self._number = 0
        self._orders: list[tuple[int, str, int]] = []
        self._talks: list[tuple[int, str, str]] = []
        self._promises: list[tuple[int, str]] = []
        self._duties: list[tuple[int, str]] = []

    def events(self, count: int) -> Iterator[bytes]:
        """The next `count` events, one a second in the customers' world."""
        for _ in range(count):
            yield self.event()

    def event(self) -> bytes:
        self._number += 1
        type_, customer, data = self._made()
        at = START + timedelta(seconds=self._number)
        return json.dumps(
            {
                "specversion": "1.0",
                "id": f"{self._name}-{self._number}",
                "source": "/bench",
                "type": f"klantbeeld.{type_}",
                "time": at.isoformat().replace("+00:00", "Z"),
                "history": True,
                "data": {"identifiers": self._identifiers(type_, customer), **data},
            }
        ).encode()

    def _made(self) -> tuple[str, int, dict[str, Any]]:
        dice = self._random.random()
        if dice < 0.50:
            return self._talk()
        if dice < 0.60 or not self._orders:
            return self._order()
        if dice < 0.80:
            return self._progress()
        if dice < 0.86:
            return self._promise()
        if dice < 0.90 and self._promises:
            customer, promise = self._promises.pop(0)
            return "agreement.kept", customer, {"agreement_id": promise}
        if dice < 0.94:
            return self._duty()
        if dice < 0.97 and self._duties:
            customer, duty = self._duties.pop(0)
            return "follow_up.completed", customer, {"follow_up_id": duty, "outcome": "kept"}
        return "visit.recorded", self._somebody(), {"page": f"/help/{self._random.choice(WORDS)}"}

    def _talk(self) -> tuple[str, int, dict[str, Any]]:
        if self._talks and self._random.random() < 0.5:
            customer, talk, channel = self._talks.pop(0)
            direction = "outbound"
        else:
            customer, talk = self._somebody(), f"talk:{self._name}-{self._number}"
            channel, direction = self._random.choice(CHANNELS), "inbound"
            self._talks.append((customer, talk, channel))
        return (
            "interaction.recorded",
            customer,
            {
                "channel": channel,
                "direction": direction,
                "conversation_id": talk,
                "interaction_id": f"message:{self._name}-{self._number}",
                "text": " ".join(self._random.choices(WORDS, k=12)),
                "topic": self._random.choice(WORDS),
                "agent": {"id": f"a-{customer % 40}", "name": "Bo"},
            },
        )

    def _order(self) -> tuple[str, int, dict[str, Any]]:
        customer, order = self._somebody(), f"web:{self._name}{self._number}"
        self._orders.append((customer, order, 0))
        line = {"sku": "KET-2", "name": "Waterkoker", "quantity": 1, "amount": "89.95"}
        latest = (START + timedelta(seconds=self._number, days=2)).isoformat().replace("+00:00", "Z")
        money = {"amount": "89.95", "currency": "EUR"}
        return (
            "order.placed",
            customer,
            {
                "order_id": order,
                "channel": "web",
                "lines": [line],
                "total": money,
                "promised_delivery": {"latest": latest},
            },
        )

    def _progress(self) -> tuple[str, int, dict[str, Any]]:
        customer, order, step = self._orders.pop(0)
        if step + 1 < len(STATUSES):
            self._orders.append((customer, order, step + 1))
        return "order.status_changed", customer, {"order_id": order, "status": STATUSES[step]}

    def _promise(self) -> tuple[str, int, dict[str, Any]]:
        customer, promise = self._somebody(), f"desk:{self._name}{self._number}"
        self._promises.append((customer, promise))
        due = (START + timedelta(seconds=self._number, hours=4)).isoformat().replace("+00:00", "Z")
        return (
            "agreement.made",
            customer,
            {"agreement_id": promise, "kind": "callback", "text": "We bellen u", "due_at": due},
        )

    def _duty(self) -> tuple[str, int, dict[str, Any]]:
        customer, duty = self._somebody(), f"duty:{self._name}{self._number}"
        self._duties.append((customer, duty))
        return (
            "follow_up.opened",
            customer,
            {"follow_up_id": duty, "kind": "callback", "team": "bezorging", "priority": 5},
        )

    def mail(self, customer: int) -> tuple[str, str]:
        """Type and value of an identifier by which a customer can be looked up."""
        return "email", f"{self._name}{customer}@example.nl"

    def _somebody(self) -> int:
        return self._random.randrange(self._customers)

    def _identifiers(self, type_: str, customer: int) -> list[dict[str, str]]:
        number = {"type": "customer_number", "value": f"{self._name}-K{customer}", "strength": "verified"}
        mail = {"type": "email", "value": f"{self._name}{customer}@example.nl", "strength": "verified"}
        if type_ == "order.placed":
            return [number, mail]
        return [mail] if type_ == "interaction.recorded" else [number]


class GrowingWorkload(Workload):
    """One new customer with every ten events, as an installation meets them over the years."""

    def __init__(self, name: str) -> None:
        super().__init__(1, name=name)

    def _somebody(self) -> int:
        return self._random.randrange(1 + self._number // 10)


class EvenWorkload(Workload):
    """Customers in turn, so that each gets equally many entries; what was begun is ended before much else begins."""

    def _made(self) -> tuple[str, int, dict[str, Any]]:
        step = self._number % 10
        if step < 5:
            return self._talk()
        if step < 8:
            return self._progress() if len(self._orders) > OPEN * self._customers else self._order()
        if step == 8 and len(self._promises) > OPEN * self._customers:
            customer, promise = self._promises.pop(0)
            return "agreement.kept", customer, {"agreement_id": promise}
        return self._promise() if step == 8 else self._visit()

    def _visit(self) -> tuple[str, int, dict[str, Any]]:
        return "visit.recorded", self._somebody(), {"page": f"/help/{self._random.choice(WORDS)}"}

    def _somebody(self) -> int:
        return (self._number + self._number // 10) % self._customers


class HeavyCustomer(EvenWorkload):
    """One person under eight identifiers, any of which an event may name; the first events join them."""

    def __init__(self, name: str = "h") -> None:
        super().__init__(1, name=name)
        kinds = (
            "customer_number",
            "email",
            "email",
            "email",
            "crm:desk",
            "account:web",
            "account:app",
            "loyalty_card",
        )
        self.identifiers = [
            {
                "type": kind,
                "value": f"{name}{n}@example.nl" if kind == "email" else f"{name}-{n}",
                "strength": "verified",
            }
            for n, kind in enumerate(kinds)
        ]

    def mail(self, customer: int) -> tuple[str, str]:
        return "email", self.identifiers[1]["value"]

    def _identifiers(self, type_: str, customer: int) -> list[dict[str, str]]:
        if self._number < len(self.identifiers):
            return self.identifiers[self._number - 1 : self._number + 1]
        return [self._random.choice(self.identifiers)]
