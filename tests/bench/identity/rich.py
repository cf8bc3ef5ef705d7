"""Traffic that names people as their channels do: by number, mailbox, device, order, parcel and visit."""

from typing import Any

from tests.bench.workload import GrowingWorkload

OWN_DEVICE = 90
"""Of every hundred customers; the others use that of somebody before them, as in a household."""


class RichWorkload(GrowingWorkload):
    """One new customer with every ten events. An order names its buyer, its progress names order and parcel only."""

    def _identifiers(self, type_: str, customer: int) -> list[dict[str, str]]:
        number = _one("customer_number", f"{self._name}-K{customer}", "verified")
        mail = _one("email", f"{self._name}{customer}@example.nl", "verified")
        if type_ == "order.placed":
            return [number, mail, self._order_number(self._orders[-1][1])]
        if type_ == "order.status_changed":
            order = self._moved[1]
            return [self._order_number(order), _one("tracking", f"3S{order.partition(':')[2]}")]
        if type_ == "visit.recorded":
            return [_one("anonymous", f"{self._name}/visit-{self._number}"), mail]
        if type_ == "interaction.recorded" and self._number % 3 == 0:
            return [self._device(customer), number]
        return [mail] if type_ == "interaction.recorded" else [number]

    def _progress(self) -> tuple[str, int, dict[str, Any]]:
        self._moved = self._orders[0]
        return super()._progress()

    def _order_number(self, order: str) -> dict[str, str]:
        return _one("order_number", order)

    def _device(self, customer: int) -> dict[str, str]:
        user = customer if customer % 100 < OWN_DEVICE else customer - 50
        return _one("device", f"{self._name}-{user}")


def _one(type_: str, value: str, strength: str = "asserted") -> dict[str, str]:
    return {"type": type_, "value": value, "strength": strength}
