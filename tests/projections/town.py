"""The identity step alone, on the read models of an installation. No test lives here."""

from collections.abc import Iterable, Sequence

from klantbeeld.domain.events.event import Event, Identified
from klantbeeld.domain.identity import Known, Resolution, Rules, is_junk, resolve
from klantbeeld.domain.testimony import testimony
from projections.acquaintance import Acquaintance
from projections.identities import Identities
from tests.bench.identity.people import event
from tests.counting import Work, counted
from tests.projections.installation import RULES, Installation

Who = Sequence[Identified]


class Town:
    """`batch` events to a transaction."""

    def __init__(self, installation: Installation, batch: int = 250, rules: Rules = RULES) -> None:
        self._connection, self._batch = installation.connection, batch
        self._acquaintance, self._rules = Acquaintance(), rules
        self.events: list[Event] = []

    def live(self, days: Iterable[Who]) -> None:
        """Each of them is an event."""
        news = [event(len(self.events) + number, who) for number, who in enumerate(days)]
        self.take(news)
        self.events += news

    def take(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), self._batch):
            with self._connection.transaction():
                self._acquaintance.settle()
                batch = events[start : start + self._batch]
                Identities(self._connection, self._rules, self._acquaintance).take(batch)

    def cost_of(self, days: Iterable[Who]) -> Work:
        with counted(self._connection) as work:
            self.live(days)
        return work

    def people(self) -> dict[str, str | None]:
        rows = self._connection.execute("SELECT token, head FROM identifier")
        return dict(rows.fetchall())

    def resolved(self) -> Resolution:
        """What all evidence together says."""
        known = {
            one.token: Known(
                token=one.token, type=one.type, value=one.value, junk=is_junk(one.type, one.value)
            )
            for each in self.events
            for one in each.identifiers
        }
        return resolve(known, [piece for each in self.events for piece in testimony(each)], self._rules)

    def agrees(self) -> Resolution:
        found = self.resolved()
        assert self.people() == found.head
        return found
