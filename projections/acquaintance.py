"""What a process remembers of stored evidence, so that hearing it again costs nothing."""

from collections.abc import Iterable
from typing import Final

from klantbeeld.domain.events.event import Event, Token
from klantbeeld.domain.identity.evidence import Evidence

CACHED: Final = 100_000
Pair = tuple[Token, Token]


class Acquaintance:
    """What this process knows to be stored already, so that repeated evidence costs nothing.

    Evidence only ever grows, save when a correction voids some: then `forget` everything.
    """

    def __init__(self) -> None:
        self._best: dict[Pair, tuple[int, object]] = {}

    def covers(self, one: Evidence) -> bool:
        best = self._best.get(one.pair)
        return best is not None and best[0] >= one.strength and best[1] <= one.order  # type: ignore[operator]

    def remember(self, pieces: Iterable[Evidence]) -> None:
        if len(self._best) > CACHED:
            self._best.clear()
        for one in pieces:
            if one.kind == "evidence" and not self.covers(one):
                self._best[one.pair] = (one.strength, one.order)

    def forget(self) -> None:
        self._best.clear()

    def knows(self, event: Event) -> bool:
        """Whether nothing in the event can be news: the quick way past the usual case."""
        order = event.order
        tokens = [one.token for one in event.identifiers]
        for n, one in enumerate(event.identifiers):
            best = self._best.get((one.token, one.token))
            if best is None or best[0] < one.strength or best[1] > (*order, n):  # type: ignore[operator]
                return False
        return len(tokens) == 1 or self._knows_pairs(event)

    def _knows_pairs(self, event: Event) -> bool:
        for n, one in enumerate(event.identifiers):
            for other in event.identifiers[n + 1 :]:
                pair = (one.token, other.token) if one.token <= other.token else (other.token, one.token)
                best = self._best.get(pair)
                if best is None or best[0] < min(one.strength, other.strength):
                    return False
                if best[1][:4] > event.order:  # type: ignore[index]
                    return False
        return True
