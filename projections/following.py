"""What a replay asks of processors beside applying records: of those that follow others, and of those that mind others."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from klantbeeld.log.postgres.database import Connection
from projections.search.outside import Audit


@runtime_checkable
class Sharing(Protocol):
    """A processor that holds what it writes against others, until the end of the transaction."""

    def be_alone(self) -> None:
        """Nobody else writes to these read models: hold nothing."""

    def be_among_others(self) -> None:
        """Others write to these read models too."""


@runtime_checkable
class Follower(Protocol):
    """A processor that can be filled from the read models of those before it, quicker than from the log."""

    name: str

    def fill(self, connection: Connection) -> int: ...

    def given_out(self, connection: Connection, live: str) -> int:
        """The newest version of what it keeps outside PostgreSQL for the schema `live`."""

    def audit(
        self, connection: Connection, live: str, given_out: int, only: Sequence[str] | None = None
    ) -> Audit:
        """Compare what it keeps outside PostgreSQL for the schema `live` with what follows from the read models that the
        connection sees. `given_out` was asked for before the moment that these show; `only`: look at these ids.
        """

    def settle(self, connection: Connection, live: str) -> None:
        """Keep nothing outside PostgreSQL but what belongs to the schema `live`."""
