"""Batches of several partitions in one transaction: a short cut past their lines, for as long as nothing goes wrong.

Whatever does, each line takes its own records then: it knows what may be tried again, and whose fault it is.
"""

import logging
from collections.abc import Sequence
from typing import Final

from klantbeeld.bootstrap import System
from klantbeeld.log.postgres.database import Connection
from projections.joint import Batches, Joint, apply_jointly
from projections.locking import CONTENTION
from streams.line import HALTING, OUTAGES, Line

ATTEMPTS: Final = 3
"""How often a batch is tried because another worker came between."""

log = logging.getLogger(__name__)


def take_jointly(
    system: System, connection: Connection, processor: Joint, lines: Sequence[Line], batches: Batches
) -> dict[int, int] | None:
    """Process these; answers the positions after, or nothing when they are to be taken line by line, of which nothing is
    done yet. The connection must be outside a transaction. `lines`: the processor's, of the batches' partitions.

    Raises what is in `HALTING` and `OUTAGES`.
    """
    for _ in range(ATTEMPTS):
        try:
            with connection.transaction():
                system.keys.hold(connection)
                positions = apply_jointly(connection, processor, system.log.log_id(), batches)
        except CONTENTION as error:
            _told(processor, error)
            processor.undo()
        except (*OUTAGES, *HALTING):
            raise
        except Exception as error:
            _told(processor, error)
            processor.forget()
            return None
        else:
            for line in lines:
                line.went_well(len(batches[line.partition]))
            return positions
    return None


def _told(processor: Joint, error: Exception) -> None:
    log.info("joint_batch_failed", extra={"processor": processor.name, "cause": type(error).__name__})
