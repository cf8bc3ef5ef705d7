"""Whether an identifier may hold people together: what is counted for that, and what can come of it."""

from enum import IntEnum
from typing import Final

from klantbeeld.domain.identifiers import Strength, is_personal


class Sharing(IntEnum):
    """What the limits say of an identifier. More assertions alone never lead from one to another but from `no`.

    `contested`: asserted of too many, but verified to be somebody's; merely asserted evidence joins it no more.
    `claimed`: asserted of too many, and verified to be nobody's. `proven`: verified to be too many people's. Whatever
    is claimed or proven is *shared*: it joins nobody.
    """

    no = 0
    contested = 1
    claimed = 2
    proven = 3

    @property
    def is_shared(self) -> bool:
        return self >= Sharing.claimed


SHARINGS: Final = tuple(Sharing)


class Around:
    """How many distinct identifiers standing evidence joins to one, by type: `all`, and by `verified` evidence."""

    __slots__ = ("all", "verified")

    def __init__(self) -> None:
        self.all: dict[str, int] = {}
        self.verified: dict[str, int] = {}

    def add(self, type: str, strength: Strength) -> None:
        """One more; `strength`: that of the best evidence for the pair."""
        self.all[type] = self.all.get(type, 0) + 1
        if strength is Strength.verified:
            self.verified[type] = self.verified.get(type, 0) + 1

    @property
    def is_somebodys(self) -> bool:
        """Whether verified evidence says whose it is. An order, a parcel or a visit does not tell who somebody is."""
        return any(map(is_personal, self.verified))
