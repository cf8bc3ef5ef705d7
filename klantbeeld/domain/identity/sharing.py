"""Whether an identifier may hold people together."""

from enum import IntEnum
from typing import Final


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
