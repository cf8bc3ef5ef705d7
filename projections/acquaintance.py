"""What a process remembers of stored evidence, so that hearing it again costs nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from klantbeeld.domain.events.event import Event, Token
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity.evidence import Evidence, Order

CACHED: Final = 100_000
Pair = tuple[Token, Token]


class Acquaintance:
    """What this process knows to be stored already, so that repeated evidence costs nothing.

    Evidence only ever grows, save when a correction voids some: then `forget` everything. What a batch teaches counts
    from the next batch on (`settle`), unless it was rolled back (`undo`).
    """

    def __init__(self) -> None:
        self._best: dict[Pair, tuple[int, Order, datetime]] = {}
        self._learnt: list[Evidence] = []

    def remember(self, pieces: Iterable[Evidence]) -> None:
        self._learnt.extend(piece for piece in pieces if piece.kind == "evidence")

    def settle(self) -> None:
        """The batch before was committed."""
        if len(self._best) > CACHED:
            self._best.clear()
        for one in self._learnt:
            best = self._best.get(one.pair)
            if best is None or one.strength > best[0] or (one.strength == best[0] and one.order < best[1]):
                self._best[one.pair] = (one.strength, one.order, one.recorded_at)
        self._learnt.clear()

    def undo(self) -> None:
        """The batch before was rolled back."""
        self._learnt.clear()

    def forget(self) -> None:
        self._best.clear()
        self._learnt.clear()

    def strangers(self, events: Iterable[Event]) -> set[Token]:
        """Identifiers of which nothing is known to be stored."""
        return {
            one.token
            for event in events
            for one in event.identifiers
            if (one.token, one.token) not in self._best
        }

    def knows(self, event: Event) -> bool:
        """Whether nothing in the event can be news: the quick way past the usual case."""
        order, at = event.order, event.recorded_at
        for n, one in enumerate(event.identifiers):
            best = self._best.get((one.token, one.token))
            if best is None or best[0] < one.strength or best[1] > (*order, n) or best[2] > at:
                return False
        return len(event.identifiers) == 1 or self._knows_pairs(event)

    def _knows_pairs(self, event: Event) -> bool:
        for n, one in enumerate(event.identifiers):
            for other in event.identifiers[n + 1 :]:
                strength = min(one.strength, other.strength)
                if strength == Strength.weak:
                    continue
                pair = (one.token, other.token) if one.token <= other.token else (other.token, one.token)
                best = self._best.get(pair)
                if best is None or best[0] < strength:
                    return False
                if best[1][:4] > event.order or best[2] > event.recorded_at:
                    return False
        return True
