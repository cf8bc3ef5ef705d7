"""Dead letters of a log that was moved: they name a place, so each is written down anew for the place that its record got.

An open one stays open and a discarded one discarded. One that was retried has its record in the read models and says
nothing any more: it goes.
"""

from collections.abc import Collection, Mapping
from typing import Final

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.port import EventLog
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL: Final = load(__package__, "letters.sql")
READ: Final = 2_000
Place = tuple[int, int]


def place_again(connection: Connection, log: EventLog) -> int:
    """Answers how many stand for records in no read model. May be repeated: those at their record's place stay."""
    letters = connection.execute(SQL["letters"]).fetchall()
    astray = [
        (id_, key, over)
        for id_, partition, position, key, over in letters
        if not _holds(log, partition, position, key)
    ]
    places = places_of(log, {key for _, key, over in astray if not over})
    again = [
        (id_, partition, position)
        for id_, key, over in astray
        if not over
        for partition, position in places.get(key, ())
    ]
    with connection.transaction():
        ids = {"ids": [id_ for id_, *_ in astray]}
        connection.execute(SQL["take_out"], ids)
        connection.execute(SQL["remove"], ids)
        values = {
            "ids": [id_ for id_, _, _ in again],
            "partitions": [partition for _, partition, _ in again],
            "positions": [position for _, _, position in again],
        }
        connection.execute(SQL["put_back"], values)
    row = connection.execute(SQL["unsettled"]).fetchone()
    return int(row[0]) if row else 0


def places_of(log: EventLog, keys: Collection[EventKey]) -> Mapping[EventKey, list[Place]]:
    """Where these events lie, each copy of them."""
    found: dict[EventKey, list[Place]] = {}
    for partition, end in log.ends().items() if keys else ():
        position = 0
        while records := log.read(partition, position, min(READ, end - position)):
            for record in records:
                if record.event_key in keys:
                    found.setdefault(record.event_key, []).append((partition, record.position))
            position = records[-1].position + 1
    return found


def _holds(log: EventLog, partition: int, position: int, key: EventKey) -> bool:
    if position >= log.ends().get(partition, 0):
        return False
    records = log.read(partition, position, 1)
    return bool(records) and records[0].event_key == key
