"""The one error of this package; no recovery lives here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ServerError(Exception):
    """The embedded server cannot be used. The message is one line for the operator and names the mend.

    `code` is stable and fit for logs and tests.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def naming_the_folder(data_dir: Path) -> Iterator[None]:
    """Say what the operating system refused in terms of the data folder."""
    try:
        yield
    except OSError as error:
        raise ServerError(
            "data_dir_unusable",
            f"{error.filename or data_dir} cannot be used ({error.strerror}): mend that, or set "
            "KLANTBEELD_DATA_DIR to a folder of the user who starts klantbeeld.",
        ) from error
