"""Which order a parcel belongs to: the first event in fold order that names both decides."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from klantbeeld.domain.events.event import Event, FoldOrder
from klantbeeld.domain.routing import PARCEL, says_order
from klantbeeld.log.postgres.database import Connection, copy_rows
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")
Said = tuple[FoldOrder, str]
"""When an event told the order of a parcel, and the order's external id."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`before`: an order's entity id under which entries that name only the tracking code may lie; `order`: where to."""

    tracking: str
    before: str
    order: str


class Parcels:
    """The parcels that one batch speaks of. `orders` is what its own entries are routed by."""

    def __init__(self, connection: Connection, names: Names, events: Sequence[Event]) -> None:
        self._connection, self._names = connection, names
        self._told = [event for event in events if says_order(event)]
        self._before = self._stored({code for event in events if (code := _code(event))})
        self._disputed: set[str] = set()
        self.orders = self._with(self._before)

    def correct(self, old: Event, new: Event) -> None:
        """A stored event says something else from now on."""
        old_said, new_said = says_order(old), says_order(new)
        if old_said == new_said and _code(old) == _code(new):
            return
        codes = {code for code in (_code(old), _code(new)) if code}
        self._before |= self._stored(codes - self._before.keys())
        self._disputed |= codes
        if old_said:
            parcel = self._names.entity("tracking", old_said[0])
            self._connection.execute(SQL["delete_parcel"], {"parcel": parcel, **old.order._asdict()})
        self._save([new] if new_said else [])

    def settle(self) -> Iterator[Moved]:
        """Store what the batch says; gives from where to where entries may have to move."""
        self._save(self._told)
        codes = self._disputed | {said[0] for event in self._told if (said := says_order(event))}
        after = self._stored(codes)
        for code in sorted(codes):
            order = _order(after, code)
            stale = {PARCEL + code, self.orders.get(code, order), _order(self._before, code)} - {order}
            for before in sorted(stale):
                yield Moved(code, self._names.entity("order", before), order)

    def _with(self, stored: Mapping[str, Said]) -> dict[str, str]:
        best = dict(stored)
        for event in self._told:
            said = says_order(event)
            assert said
            if said[0] not in best or event.order < best[said[0]][0]:
                best[said[0]] = event.order, said[1]
        return {code: external_id for code, (_, external_id) in best.items()}

    def _stored(self, codes: Iterable[str]) -> dict[str, Said]:
        by_id = {self._names.entity("tracking", code): code for code in codes}
        if not by_id:
            return {}
        rows = self._connection.execute(SQL["parcels"], {"ids": list(by_id)})
        return {by_id[row[0]]: (FoldOrder(*row[2:]), row[1]) for row in rows}

    def _save(self, events: Sequence[Event]) -> None:
        if events:
            copy_rows(self._connection.cursor(), SQL["copy_parcels"], map(self._row, events))

    def _row(self, event: Event) -> tuple[Any, ...]:
        said = says_order(event)
        assert said
        return self._names.entity("tracking", said[0]), said[1], *event.order


def _code(event: Event) -> str | None:
    return getattr(event.data, "tracking", None)


def _order(said: Mapping[str, Said], code: str) -> str:
    return said[code][1] if code in said else PARCEL + code
