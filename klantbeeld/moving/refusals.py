"""Why a move is refused, in one line with the mend."""


class MoveRefused(Exception):
    """Nothing was moved, or not everything. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
