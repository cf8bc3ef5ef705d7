"""Which stored things a batch changed beside those that its own entries name: a hint for whoever follows the timeline.

An entry that is corrected, attributed or linked late leaves one entity and comes to another; neither stands in the
entry that brought that about. Most batches write nothing here. Rows go when they were taken.
"""

from collections.abc import Collection

from klantbeeld.domain.events.event import Event
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load

SQL = load(__package__, "touched.sql")


def note(connection: Connection, event: Event, ids: Collection[str]) -> None:
    """Write down that the batch of this event changed these entities or identifiers. No ids cost nothing."""
    if ids:
        values = {"partition": event.partition, "position": event.position, "ids": sorted(ids)}
        connection.execute(SQL["note_touched"], values)


def take(connection: Connection, partition: int, first: int, last: int) -> set[str]:
    """What batches with an event from `first` to `last` changed; forgotten with this transaction."""
    values = {"partition": partition, "first": first, "last": last}
    return {id_ for (id_,) in connection.execute(SQL["take_touched"], values)}
