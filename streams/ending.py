"""How a worker process ends when it may not go on, as its supervisor is told."""

from typing import Final

RESTART: Final = 70
"""Exit status: begin anew from the position."""
HALT: Final = 78
"""Exit status: somebody has to mend something first."""


class Ending(Exception):
    """This process must end now. `code` says why; `halts` tells that a new one would fare no better."""

    def __init__(self, code: str, cause: str = "", *, halts: bool = False) -> None:
        super().__init__(code)
        self.code, self.cause, self.halts = code, cause, halts

    @property
    def status(self) -> int:
        return HALT if self.halts else RESTART
