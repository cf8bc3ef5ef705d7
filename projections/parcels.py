"""Which order a parcel belongs to: the first event in fold order that names both decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from klantbeeld.domain.events.event import Event, FoldOrder
from klantbeeld.domain.routing import PARCEL, says_order
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class Moved:
    """`before`: the order's entity id under which entries that name only the tracking code lie; `order`: where to."""

    tracking: str
    before: str
    order: str


def orders(connection: Connection, names: Names, events: Sequence[Event]) -> dict[str, str]:
    """The order of every tracking code in the batch that is known, stored or said by the batch itself."""
    codes = {code: names.entity("tracking", code) for event in events if (code := _code(event))}
    if not codes:
        return {}
    best = {code: (order, external_id) for code, (order, external_id) in _stored(connection, codes).items()}
    for code, order, external_id in _said(events):
        if code not in best or order < best[code][0]:
            best[code] = order, external_id
    return {code: external_id for code, (_, external_id) in best.items()}


def learn(connection: Connection, names: Names, events: Sequence[Event]) -> list[Moved]:
    """Store what the batch says about parcels; answers those whose order changed."""
    codes = {code: names.entity("tracking", code) for code, _, _ in _said(events)}
    if not codes:
        return []
    stored, moved = _stored(connection, codes), []
    for code, order, external_id in sorted(_said(events), key=lambda one: one[1]):
        old = stored.get(code)
        if old is not None and old[0] <= order:
            continue
        _save(connection, codes[code], order, external_id)
        stored[code] = order, external_id
        before = PARCEL + code if old is None else old[1]
        if before != external_id:
            moved.append(Moved(code, names.entity("order", before), external_id))
    return moved


def _code(event: Event) -> str | None:
    return getattr(event.data, "tracking", None)


def _said(events: Iterable[Event]) -> list[tuple[str, FoldOrder, str]]:
    return [(said[0], event.order, said[1]) for event in events if (said := says_order(event))]


def _stored(connection: Connection, codes: dict[str, str]) -> dict[str, tuple[FoldOrder, str]]:
    by_id = {id_: code for code, id_ in codes.items()}
    rows = connection.execute(SQL["parcels"], {"ids": list(by_id)})
    return {by_id[row[0]]: (FoldOrder(*row[2:]), row[1]) for row in rows}


def _save(connection: Connection, id_: str, order: FoldOrder, external_id: str) -> None:
    values = {
        "id": id_,
        "order": external_id,
        "occurred_at": order.occurred_at,
        "sequence": order.sequence,
        "source": order.source,
        "event_id": order.id,
    }
    connection.execute(SQL["save_parcel"], values)
