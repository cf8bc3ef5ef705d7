"""What may come between two steps of a worker: it is held up, dies, loses its session, meets others, or has a bug."""

from random import Random
from typing import Any, Final

import psycopg

from tests.simulation import statements
from tests.simulation.fibers import Fiber, Killed
from tests.simulation.store import Server, Session

NEVER: Final = -1
KINDS: Final = {
    "held up": 9,
    "frozen": 4,
    "killed": 4,
    "session lost": 3,
    "outage": 2,
    "contention": 3,
    "bug": 3,
    "unheard": 4,
}
_NAMES: Final = tuple(KINDS)
_WEIGHTS: Final = tuple(KINDS.values())
CONTENTION: Final = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    psycopg.errors.OutOfMemory,
)
INSIDE: Final = frozenset(
    {
        statements.KNOWN,
        statements.ADD_ENTRIES,
        statements.LOCK_ENTITIES,
        statements.SAVE_ENTITIES,
        "add_dead_letter",
        "move_checkpoint",
    }
)
"""Steps at which others may come between, or a bug may show."""
ANY_TIME: Final = frozenset({"held up", "frozen", "killed"})
LONGEST_FREEZE, LONGEST_OUTAGE = 30, 8
PARDONED: Final = 2
"""How often a batch may fail for no reason of its own: less often than makes a dead letter of a good record."""


class Faults:
    """One process's plan: `strike` after `left` more steps."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.left, self.kind, self._pardoned = NEVER, "", 0
        self.calm = False
        self.struck: str | None = None

    def plan(self) -> None:
        """For the next piece of work."""
        self._pardoned = PARDONED
        self._plan(0.5, 16)

    def holds_up(self) -> bool:
        """Whether the plan needs a fiber that can be paused."""
        return self.left > 0 and self.kind in ("held up", "frozen")

    def _plan(self, likely: float, within: int) -> None:
        chance = self._chance
        if self.calm or chance.random() > likely:
            self.left = NEVER
            return
        self.left = chance.randint(1, within)
        self.kind = chance.choices(_NAMES, _WEIGHTS)[0]

    def strike(self, process: Any, session: Session, step: str, server: Server) -> bool:
        """Do what was planned, now or at the next step where it can happen. Answers whether a reply is lost."""
        kind = self.kind
        if not self._fits(kind, session, step):
            self.left = 1
            return False
        self._plan(0.4, 10)
        self.struck = f"{kind} at {step}"
        match kind:
            case "held up" | "frozen":
                self._hold_up(process, kind)
            case "killed":
                process.die()
                raise Killed
            case "session lost":
                session.close()
                raise psycopg.OperationalError("connection lost")
            case "outage":
                server.stop()
                raise psycopg.OperationalError("server is going down")
            case "contention" if self._pardon():
                session.failed = True
                raise self._chance.choice(CONTENTION)
            case "bug" if self._pardon():
                raise LookupError("a fault in the program")
            case "unheard":
                return True
        return False

    def _fits(self, kind: str, session: Session, step: str) -> bool:
        if step in ("commit", "committed"):
            return kind in ANY_TIME or (step == "commit" and kind not in ("contention", "bug"))
        if kind in ("contention", "bug"):
            return step in INSIDE
        return kind != "unheard"

    def _hold_up(self, process: Any, kind: str) -> None:
        fiber = Fiber.current()
        if fiber is None:
            return
        if kind == "frozen":
            process.frozen = self._chance.randint(3, LONGEST_FREEZE)
        fiber.pause()

    def _pardon(self) -> bool:
        self._pardoned -= 1
        return self._pardoned >= 0
