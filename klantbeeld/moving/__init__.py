"""`klantbeeld move`: a log that lies in PostgreSQL carried over to Kafka, with proof that nothing changed."""

from klantbeeld.moving.carrying import MoveReport, move
from klantbeeld.moving.refusals import MoveRefused

__all__ = ["MoveRefused", "MoveReport", "move"]
